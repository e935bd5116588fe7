package simulator_test

import (
	"fmt"
	"testing"

	"github.com/musika/musika/simulator"
)

// The 80 statements about the Cloud API that the simulator keeps, by number.
// Given is a registered number P of account W, a valid token, and an open
// window with the customer. "400/131009" is HTTP 400 with error.code 131009.
var statements = []struct {
	text   string
	run    func(t *testing.T, w *world)
	change func(*simulator.Config)
}{
	{"valid text returns 200, contacts[0].input as sent, wa_id digits, one wamid", s01ValidText, nil},
	{"any version prefix is served the same way", s02AnyVersion, nil},
	{"identical posts give different wamids", s03NoIdempotency, nil},
	{"no Authorization header is 401 with code 190 or 104 and fbtrace_id", s04NoAuthorization, nil},
	{"expired token is 401/190 subcode 463", s05ExpiredToken, nil},
	{"unknown id in the path is 400/100 subcode 33", s06UnknownID, nil},
	{"messaging_product missing is 400/100", s07NoProduct, nil},
	{"text.body of 4096 characters passes, 4097 is 400/100", s08TextLength, nil},
	{"empty text.body is 400", s09EmptyText, nil},
	{"a fourth reply button is 400/131009", s10FourButtons, nil},
	{"zero buttons are 400/131009", s11NoButtons, nil},
	{"button title of 20 characters passes, 21 is 400/131009", s12ButtonTitle, nil},
	{"limits count characters, not bytes", s13Characters, nil},
	{"empty button title is 400/131009", s14EmptyTitle, nil},
	{"two buttons with the same title or id are refused", s15SameButtons, nil},
	{"button id of 256 passes, 257 is refused", s16ButtonID, nil},
	{"interactive body 1024, footer 60, header 60 pass, one more is refused", s17Texts, nil},
	{"a list with 11 rows in two sections is 400/131009", s18ElevenRows, nil},
	{"10 sections of one row pass, 11 are refused", s19Sections, nil},
	{"row title 24, description 72, id 200, section title 24, list button 20", s20ListTexts, nil},
	{"a list with an image header is refused", s21ListHeader, nil},
	{"cta_url display_text of 21 characters is 400/131009", s22URLButton, nil},
	{"product_list needs a text header, product takes none", s23ProductHeaders, nil},
	{"product_list over 30 products or 10 sections is refused", s24Products, nil},
	{"media with both id and link, or neither, is refused", s25IDAndLink, nil},
	{"unknown or foreign media id in a send is 400/100", s26ForeignMedia, nil},
	{"caption of 1024 passes, 1025 is refused", s27Caption, nil},
	{"upload of a gif or of 5 MB + 1 byte is refused", s28Upload, nil},
	{"upload without messaging_product is 400/100", s29UploadProduct, nil},
	{"upload returns digits; the id describes the media", s30Describe, nil},
	{"the media url needs a token and gives the bytes", s31Download, nil},
	{"the media url works for 5 minutes", s32URLExpires, nil},
	{"an uploaded id lives 30 days, one from a webhook 7", s33MediaLife, nil},
	{"deleted media is gone", s34DeleteMedia, nil},
	{"media asked for by a number that does not own it is refused", s35MediaOwner, nil},
	{"status=read succeeds and emits no webhook", s36Read, nil},
	{"typing clears after 25 s or with the next send", s37Typing, nil},
	{"window closed: accepted, then failed 131047; or synchronous by flag", s38WindowClosed, nil},
	{"window closed: an approved template is delivered", s39TemplateOutside, nil},
	{"an inbound message or call opens the window for 24 h", s40WindowOpens, nil},
	{"unknown or unapproved template is 404/132001", s41UnknownTemplate, nil},
	{"wrong parameter count is 400/132000", s42ParamCount, nil},
	{"dynamic URL button without its parameter is 400/131008", s43URLParam, nil},
	{"paused template is 400/132015, disabled 400/132016", s44Paused, nil},
	{"named template without parameter_name is refused", s45Named, nil},
	{"template variable without example is refused", s46NoExample, nil},
	{"template create returns id, status, category; an update follows", s47Create, nil},
	{"the same name and language is 400/100 subcode 2388024", s48SameTemplate, nil},
	{"template limits of texts and buttons", s49TemplateLimits, nil},
	{"quick replies must stand together", s50ButtonOrder, nil},
	{"a body starting or ending with a variable is 2388299", s51EdgeVariables, nil},
	{"sending to the own number is 400/131021", s52OwnNumber, nil},
	{"recipient not on WhatsApp: accepted, then failed 131026; or synchronous", s53NotOnWhatsApp, nil},
	{"more than 45 messages in 6 s to one user is 400/131056", s54PairBurst, frozen},
	{"after a burst of 20 the next send works after about 2 minutes", s55BurstDebt, frozen},
	{"more than 80 sends in a second is 400/130429", s56Throughput, frozen},
	{"a number being upgraded answers 131057 for up to a minute", s57Upgrade, nil},
	{"unregistered number is 400/133010", s58Unregistered, nil},
	{"the 11th register in 72 h is 400/133016", s59RegisterLimit, nil},
	{"the webhook is verified by challenge before it gets anything", s60Verification, nil},
	{"every POST is signed over its exact bytes", s61Signature, nil},
	{"webhook bytes are ASCII with \\u escapes and \\/", s62Escapes, nil},
	{"anything but 200 is retried with growing gaps, same message id", s63Retry, func(c *simulator.Config) { c.RetryGaps[2] = c.RetryGaps[3] }},
	{"the same event twice, and sent after delivered", s64DuplicatesAndOrder, nil},
	{"several entries, changes, messages and statuses in one POST", s65Batches, func(c *simulator.Config) { c.Concurrency = 1 }},
	{"message timestamps are strings, entry.time and template ids numbers", s66Types, nil},
	{"taps yield button_reply and list_reply with context.id", s67Taps, nil},
	{"a template quick reply yields type button", s68QuickReply, nil},
	{"a completed flow yields nfm_reply with response_json as a string", s69Flow, nil},
	{"a sent reaction yields only sent", s70Reaction, nil},
	{"a voice note can yield played", s71Played, nil},
	{"v24+ omits conversation; pricing is on sent and one more", s72Pricing, nil},
	{"a failed status has errors and no contacts", s73Failed, nil},
	{"biz_opaque_callback_data comes back on every status", s74Callback, nil},
	{"a poll arrives as unsupported, code 131051", s75Poll, nil},
	{"a username user has no from and no wa_id", s76Username, nil},
	{"sending to a BSUID returns user_id; with both, to wins", s77UserID, nil},
	{"a BSUID for an authentication template is 131062", s78AuthUserID, nil},
	{"a number change emits a system message without contacts", s79NumberChange, nil},
	{"lists answer data, templates with cursors and next only when more", s80Lists, nil},
}

func TestConformance(t *testing.T) {
	if len(statements) != 80 {
		t.Fatalf("%d statements", len(statements))
	}
	for i, st := range statements {
		t.Run(fmt.Sprintf("%02d %s", i+1, st.text), func(t *testing.T) {
			t.Parallel()
			st.run(t, setup(t, st.change))
		})
	}
}
