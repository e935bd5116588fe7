package musika

import "time"

// Customer is a person who chats with the bot: a contact. It may have several
// Addresses at which transports reach it. Merchants and drivers chat as
// customers too; what else they may do follows from the User with their phone.
type Customer struct {
	ID         CustomerID `json:"id"`
	Name       string     `json:"name"` // the name they registered, else the profile name; may be empty
	Registered bool       `json:"registered"`
	Phone      Phone      `json:"phone,omitempty"` // absent for people who hide it
	Language   Language   `json:"language"`
	Blocked    bool       `json:"blocked"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// AddressKind says in which space an Address is unique.
type AddressKind string

const (
	AddressPhone AddressKind = "phone" // E.164
	AddressLID   AddressKind = "lid"   // WhatsApp Web's linked id
	AddressBSUID AddressKind = "bsuid" // the Cloud API's business-scoped user id
)

// Address is one way a transport names a person. Addresses merge into one
// customer by evidence from the transport (both on one message), never by name.
type Address struct {
	Kind  AddressKind `json:"kind"`
	Value string      `json:"value"`
}

// DeliveryAddress is a place a customer has things brought to.
type DeliveryAddress struct {
	ID         AddressID  `json:"id"`
	CustomerID CustomerID `json:"customer_id"`
	Label      string     `json:"label"` // "Home"; may be empty
	Text       string     `json:"text"`  // as typed, or the name of a shared location
	Location   *Point     `json:"location,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
}

// Role is what a person may do, least first.
type Role string

const (
	RoleCustomer Role = "customer"
	RoleDriver   Role = "driver"
	RoleStaff    Role = "staff" // works for one merchant
	RoleOwner    Role = "owner" // owns one merchant
	RoleAdmin    Role = "admin" // operates the platform
)

// User is a person with a role beyond customer's. A phone has at most one.
type User struct {
	ID         UserID     `json:"id"`
	Phone      Phone      `json:"phone"`
	Name       string     `json:"name"`
	Role       Role       `json:"role"`
	MerchantID MerchantID `json:"merchant_id,omitempty"` // owners and staff
	CreatedAt  time.Time  `json:"created_at"`
}

// RunsMerchant reports whether u may act for merchant id.
func (u *User) RunsMerchant(id MerchantID) bool {
	return u != nil && id != "" && u.MerchantID == id && (u.Role == RoleOwner || u.Role == RoleStaff)
}
