package template

import "github.com/musika/musika"

var defaultWords = map[musika.Language]words{
	musika.English: {
		labels: map[string]string{
			ReplyTrack: "Track", ReplyHelp: "Help", ReplyPay: "Pay now", ReplyCancel: "Cancel", ReplyRate: "Rate",
		},
		bodies: map[string]string{
			OrderConfirmation: "Thank you! We have your order *{{order}}*.\n\nTotal: {{total}}\nExpected: {{expected|the store will tell you}}\n\nWe will tell you here how it goes on.",
			PaymentRequest:    "Please pay {{amount}} for your order *{{order}}*.\n\nTap Pay now to choose how, or Cancel if you do not want it any more.",
			OrderStatus:       "There is news of your order *{{order}}*: {{status}}.\n\nExpected delivery: {{expected|the store will tell you}}\n\nTap Track to see every step.",
			DeliveryUpdate:    "Your order *{{order}}* is on its way with {{driver|our driver}}.\n\nExpected: {{expected|soon}}\n\nTap Track to see where it is.",
			FeedbackRequest:   "Your order *{{order}}* from {{store}} has been delivered. How was it?\n\nYour answer helps the store do better.",
			LowStock:          "Stock is low: only {{count}} left of *{{product}}*.\n\nAdd stock, or take it off the menu before it sells out.",
		},
	},
	musika.Shona: {
		labels: map[string]string{
			ReplyTrack: "Tevera", ReplyHelp: "Rubatsiro", ReplyPay: "Bhadhara", ReplyCancel: "Kanzura", ReplyRate: "Ongorora",
		},
		bodies: map[string]string{
			OrderConfirmation: "Maita basa! Tagamuchira odha yenyu *{{order}}*.\n\nMari yese: {{total}}\nInotarisirwa: {{expected|chitoro chichakuudzai}}\n\nTichakuudzai pano kuti iri kufamba sei.",
			PaymentRequest:    "Ndapota bhadharai {{amount}} yeodha yenyu *{{order}}*.\n\nDzvanyai Bhadhara kuti musarudze nzira, kana Kanzura kana musisaidi.",
			OrderStatus:       "Pane nhau dzeodha yenyu *{{order}}*: {{status}}.\n\nInotarisirwa kusvika: {{expected|chitoro chichakuudzai}}\n\nDzvanyai Tevera kuti muone zvizere.",
			DeliveryUpdate:    "Odha yenyu *{{order}}* iri munzira, iri kuunzwa na: {{driver|mutyairi wedu}}.\n\nInotarisirwa: {{expected|munguva pfupi}}\n\nDzvanyai Tevera kuti muone payasvika.",
			FeedbackRequest:   "Odha yenyu *{{order}}* yakabva ku{{store}} yasvika. Yange yakadii?\n\nMhinduro yenyu inobatsira chitoro kuita zviri nani.",
			LowStock:          "Zvinhu zvava kupera: kwasara {{count}} chete pa: *{{product}}*.\n\nWedzerai, kana kuti bvisai pamenyu zvisati zvapera.",
		},
	},
	musika.Zulu: {
		labels: map[string]string{
			ReplyTrack: "Landela", ReplyHelp: "Usizo", ReplyPay: "Khokha manje", ReplyCancel: "Khansela", ReplyRate: "Linganisa",
		},
		bodies: map[string]string{
			OrderConfirmation: "Siyabonga! Silitholile i-oda lakho *{{order}}*.\n\nIsamba: {{total}}\nLilindeleke: {{expected|isitolo sizokutshela}}\n\nSizokwazisa lapha ukuthi liqhubeka kanjani.",
			PaymentRequest:    "Sicela ukhokhe {{amount}} we-oda lakho *{{order}}*.\n\nCindezela Khokha manje ukuze ukhethe indlela, noma Khansela uma ungasalifuni.",
			OrderStatus:       "Kunezindaba nge-oda lakho *{{order}}*: {{status}}.\n\nLilindeleke ukufika: {{expected|isitolo sizokutshela}}\n\nCindezela Landela ukuze ubone konke.",
			DeliveryUpdate:    "I-oda lakho *{{order}}* lisendleleni, lilethwa ngu: {{driver|umshayeli wethu}}.\n\nLilindeleke: {{expected|maduze}}\n\nCindezela Landela ukuze ubone lapho likhona.",
			FeedbackRequest:   "I-oda lakho *{{order}}* elivela kwa-{{store}} lilethiwe. Belinjani?\n\nImpendulo yakho isiza isitolo senze kangcono.",
			LowStock:          "Isitoko siyaphela: kusele {{count}} kuphela ku: *{{product}}*.\n\nEngeza isitoko, noma ukukhiphe kumenyu kungakapheli.",
		},
	},
	musika.Afrikaans: {
		labels: map[string]string{
			ReplyTrack: "Volg", ReplyHelp: "Hulp", ReplyPay: "Betaal nou", ReplyCancel: "Kanselleer", ReplyRate: "Gradeer",
		},
		bodies: map[string]string{
			OrderConfirmation: "Dankie! Ons het jou bestelling *{{order}}* ontvang.\n\nTotaal: {{total}}\nVerwag: {{expected|die winkel sal jou laat weet}}\n\nOns sal jou hier laat weet hoe dit verder gaan.",
			PaymentRequest:    "Betaal asseblief {{amount}} vir jou bestelling *{{order}}*.\n\nTik op Betaal nou om te kies hoe, of Kanselleer as jy dit nie meer wil hê nie.",
			OrderStatus:       "Daar is nuus oor jou bestelling *{{order}}*: {{status}}.\n\nVerwagte aflewering: {{expected|die winkel sal jou laat weet}}\n\nTik op Volg om elke stap te sien.",
			DeliveryUpdate:    "Jou bestelling *{{order}}* is op pad met {{driver|ons drywer}}.\n\nVerwag: {{expected|binnekort}}\n\nTik op Volg om te sien waar dit is.",
			FeedbackRequest:   "Jou bestelling *{{order}}* van {{store}} is afgelewer. Hoe was dit?\n\nJou antwoord help die winkel om beter te doen.",
			LowStock:          "Die voorraad raak min: net {{count}} oor van *{{product}}*.\n\nVul aan, of haal dit van die spyskaart af voordat dit opraak.",
		},
	},
}
