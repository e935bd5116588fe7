package template

// Rule is the stable name of a rule that a template can break.
type Rule string

// Rules of texts and of what a template is made of.
const (
	RuleTooLarge         Rule = "too_large"           // more than is read at all
	RuleEncoding         Rule = "encoding"            // not valid UTF-8
	RuleControl          Rule = "control_character"   // a character that cannot be shown
	RuleBraces           Rule = "braces"              // {{ without }}, or the other way round
	RuleVariableName     Rule = "variable_name"       // not a-z, 0-9 and _
	RuleDefault          Rule = "default"             // a default that is empty or cannot be read
	RuleExample          Rule = "example"             // an example that is missing or cannot be read
	RuleTooManyVariables Rule = "too_many_variables"  // more than are read
	RuleUndeclared       Rule = "variable_undeclared" // used and not declared
	RuleUnused           Rule = "variable_unused"     // declared and not used
	RuleDuplicate        Rule = "duplicate"           // there twice
	RuleType             Rule = "type"
	RuleKind             Rule = "kind"
	RuleName             Rule = "name" // of the template
	RuleLanguage         Rule = "language"
	RuleCategory         Rule = "category"
	RuleRequired         Rule = "required"    // a part that the type needs
	RuleNotAllowed       Rule = "not_allowed" // a part that the type has no place for
	RuleLength           Rule = "length"
	RuleCount            Rule = "count" // too few or too many buttons, sections or rows
	RuleLineBreak        Rule = "line_break"
	RuleAddress          Rule = "address" // no web address
	RulePhone            Rule = "phone"   // no telephone number
	RuleMedia            Rule = "media"
	RuleID               Rule = "id" // of a reply
)

// Rules of Meta's review (Meta: message templates, components and guidelines).
const (
	RuleVariableEdge     Rule = "variable_edge"     // no words before the first or after the last variable; subcode 2388299
	RuleVariableAdjacent Rule = "variable_adjacent" // nothing between two variables
	RuleVariableRatio    Rule = "variable_ratio"    // too few words for the variables; subcode 2388293
	RuleHeaderVariables  Rule = "header_variables"  // more than one; subcode 2388047
	RuleFooterVariables  Rule = "footer_variables"  // any; subcode 2388073
	RuleLabelVariables   Rule = "label_variables"   // variables in labels of buttons or in rows
	RuleMarkup           Rule = "markup"            // formatting or emoji in header or footer
	RuleBlankLines       Rule = "blank_lines"       // more than one in a row
	RuleButtonMix        Rule = "button_mix"        // quick replies among links
	RuleURLVariable      Rule = "url_variable"      // a variable that is not alone at the end
	RuleWhatsAppLink     Rule = "whatsapp_link"     // a link into WhatsApp
	RuleLiteralBraces    Rule = "literal_braces"    // would be read as a variable
	RuleMetaLanguage     Rule = "meta_language"     // Meta has no such language
	RuleAuthentication   Rule = "authentication"    // Meta writes the words of one-time codes itself
)
