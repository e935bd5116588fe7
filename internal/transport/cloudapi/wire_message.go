package cloudapi

import "encoding/json"

// wireMessage is a message as Meta writes it (Meta's Cloud API: message
// webhooks). Type says which part is set. All leaves are read leniently.
type wireMessage struct {
	ID         text `json:"id"`
	From       text `json:"from"`         // digits; absent when the person hides their phone
	FromUserID text `json:"from_user_id"` // business-scoped id
	GroupID    text `json:"group_id"`
	Timestamp  text `json:"timestamp"`
	Type       text `json:"type"`

	Context  *wireContext  `json:"context"`
	Referral *wireReferral `json:"referral"`

	Text        *wireText        `json:"text"`
	Image       *wireMedia       `json:"image"`
	Video       *wireMedia       `json:"video"`
	Audio       *wireMedia       `json:"audio"`
	Voice       *wireMedia       `json:"voice"` // older webhooks' name for recorded audio
	Document    *wireMedia       `json:"document"`
	Sticker     *wireMedia       `json:"sticker"`
	Location    *wireLocation    `json:"location"`
	Contacts    []wireCard       `json:"contacts"`
	Reaction    *wireReaction    `json:"reaction"`
	Interactive *wireInteractive `json:"interactive"`
	Button      *wireButton      `json:"button"`
	Order       *wireOrder       `json:"order"`
	System      *wireSystem      `json:"system"`
	Edit        *wireEdit        `json:"edit"`
	Revoke      *wireRevoke      `json:"revoke"`
	Errors      []metaError      `json:"errors"`
	Unsupported struct {
		Type text `json:"type"`
	} `json:"unsupported"`
}

type wireContext struct {
	ID         text  `json:"id"`
	Forwarded  truth `json:"forwarded"`
	Frequently truth `json:"frequently_forwarded"`
	Product    struct {
		CatalogID text `json:"catalog_id"`
		SKU       text `json:"product_retailer_id"`
	} `json:"referred_product"`
}

type wireReferral struct {
	SourceURL  text `json:"source_url"`
	SourceID   text `json:"source_id"`
	SourceType text `json:"source_type"`
	Headline   text `json:"headline"`
}

type wireText struct {
	Body text `json:"body"`
}

type wireMedia struct {
	ID       text  `json:"id"`
	MIME     text  `json:"mime_type"`
	SHA256   text  `json:"sha256"` // base64 here, hex from the API
	Caption  text  `json:"caption"`
	Filename text  `json:"filename"`
	IsVoice  truth `json:"voice"`
}

type wireLocation struct {
	Latitude  text `json:"latitude"`
	Longitude text `json:"longitude"`
	Name      text `json:"name"`
	Address   text `json:"address"`
}

type wireCard struct {
	Name struct {
		Formatted text `json:"formatted_name"`
	} `json:"name"`
	Phones []struct {
		Phone text `json:"phone"`
		WaID  text `json:"wa_id"`
	} `json:"phones"`
	Emails []struct {
		Email text `json:"email"`
	} `json:"emails"`
}

type wireReaction struct {
	MessageID text `json:"message_id"`
	Emoji     text `json:"emoji"`
}

type wireInteractive struct {
	Type        text       `json:"type"`
	ButtonReply *wireReply `json:"button_reply"`
	ListReply   *wireReply `json:"list_reply"`
	Form        *wireForm  `json:"nfm_reply"`
}

type wireReply struct {
	ID    text `json:"id"`
	Title text `json:"title"`
}

type wireForm struct {
	Name     text            `json:"name"`
	Body     text            `json:"body"`
	Response json.RawMessage `json:"response_json"`
}

type wireButton struct {
	Payload text `json:"payload"`
	Text    text `json:"text"`
}

type wireOrder struct {
	CatalogID text `json:"catalog_id"`
	Text      text `json:"text"`
	Items     []struct {
		SKU      text `json:"product_retailer_id"`
		Quantity text `json:"quantity"`
	} `json:"product_items"`
}

type wireSystem struct {
	Body    text `json:"body"`
	Type    text `json:"type"`
	WaID    text `json:"wa_id"`
	NewWaID text `json:"new_wa_id"` // older webhooks
	UserID  text `json:"user_id"`
}

type wireEdit struct {
	OriginalID text       `json:"original_message_id"`
	Message    *wireInner `json:"message"`
}

// wireInner is what an edited message says now.
type wireInner struct {
	Text     *wireText  `json:"text"`
	Image    *wireMedia `json:"image"`
	Video    *wireMedia `json:"video"`
	Document *wireMedia `json:"document"`
}

type wireRevoke struct {
	OriginalID text `json:"original_message_id"`
}
