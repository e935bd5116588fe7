package musika

// Language is the BCP 47 tag of a language that the bot speaks.
type Language string

const (
	English   Language = "en"
	Shona     Language = "sn"
	Zulu      Language = "zu"
	Afrikaans Language = "af"
)

// Languages lists those that the bot speaks, English, the complete one, first.
var Languages = []Language{English, Shona, Zulu, Afrikaans}

// Valid reports whether the bot speaks l.
func (l Language) Valid() bool {
	return l == English || l == Shona || l == Zulu || l == Afrikaans
}
