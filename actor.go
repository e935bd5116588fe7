package musika

// Actor is who caused a change, as the audit log keeps it.
type Actor struct {
	Kind    string `json:"kind"`              // "customer", "user", "apikey", "system"
	ID      string `json:"id"`                // their id; empty for system
	Role    Role   `json:"role,omitempty"`    // the role they acted in
	Address string `json:"address,omitempty"` // where from: a phone, an IP address
}

// System is the actor of what the program does by itself.
var System = Actor{Kind: "system"}
