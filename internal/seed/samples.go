package seed

import (
	"strconv"
	"strings"
	"time"

	"github.com/musika/musika"
)

// sample is a store as it is written down here; the rest is filled in.
type sample struct {
	merchant  musika.Merchant
	owner     musika.Phone
	ownerName string
	products  []musika.Product
	deal      musika.Promotion
}

// hours of a store in whole hours; closing before opening is after midnight.
func hours(from, to int) musika.Hours { return musika.Hours{Open: from * 60, Close: to * 60} }

// products reads lines "name | category | cents | stock | description" and
// numbers them as a catalogue does.
func products(prefix, lines string) []musika.Product {
	var out []musika.Product
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		f := strings.Split(line, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		cents, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil {
			panic("seed: " + line)
		}
		stock, err := strconv.Atoi(f[3])
		if err != nil {
			panic("seed: " + line)
		}
		out = append(out, musika.Product{
			SKU: prefix + "-" + strconv.Itoa(101+len(out)), Name: f[0], Category: f[1],
			Price: musika.Money{Amount: cents}, Stock: stock, LowStock: 5, Description: f[4],
		})
	}
	return out
}

var samples = []sample{
	{
		owner: OwnerPhone, ownerName: "Rudo Chikafu",
		merchant: musika.Merchant{
			Slug: FirstStore, Name: "Mambo Pizza & Grill", Category: "Pizza & Restaurant", Featured: true,
			Description: "Wood-fired pizza and home-style sadza, day and night.",
			Hours:       hours(0, 0), Area: "Avondale, Harare", Location: musika.Point{Latitude: -17.8006, Longitude: 31.0353},
			DeliveryFee: 200, DeliveryMinutes: 35,
		},
		products: products("MAMBO", `
Sadza | Meals | 150 | 200 | A plate of white sadza with relish on the side
Sadza & Beef Stew | Meals | 450 | 80 | Slow-cooked beef, muriwo and sadza
Sadza & Chicken Combo | Meals | 500 | 75 | Road-runner chicken, muriwo, sadza and a coke
Sadza & Bream | Meals | 650 | 30 | Whole Kariba bream with sadza and tomato relish
Margherita Pizza | Pizza | 700 | 60 | Tomato, mozzarella, basil
Pepperoni Pizza | Pizza | 900 | 60 | Pepperoni and mozzarella
Chicken & Mushroom Pizza | Pizza | 950 | 45 | Grilled chicken, mushrooms, cream sauce
Coke 500ml | Drinks | 100 | 240 | Ice cold
Fanta Orange 500ml | Drinks | 100 | 160 | Ice cold
Fresh Orange Juice 300ml | Drinks | 150 | 40 | Pressed to order`),
		deal: musika.Promotion{Code: "MAMBO10", Title: "10% off every pizza", Kind: musika.PromotionPercent, Value: 1000, Category: "Pizza"},
	},
	{
		owner: "+263770000003", ownerName: "Farai Ncube",
		merchant: musika.Merchant{
			Slug: "crispy-nest", Name: "Crispy Nest Chicken", Category: "Fried Chicken",
			Description: "Fried chicken, chips and nothing that does not crunch.",
			Hours:       hours(6, 2), Area: "First Street, Harare CBD", Location: musika.Point{Latitude: -17.8309, Longitude: 31.0502},
			DeliveryFee: 150, DeliveryMinutes: 30,
		},
		products: products("NEST", `
2 Piece Chicken & Chips | Chicken | 400 | 120 | Two pieces, regular chips
Chicken Burger | Chicken | 350 | 90 | Crumbed fillet, slaw, mayo
Family Bucket | Chicken | 1800 | 25 | Twelve pieces, large chips, coleslaw
Hot Wings | Chicken | 450 | 70 | Eight wings, hot or very hot
Sadza & Fried Chicken Combo | Meals | 450 | 60 | Two pieces, sadza, covo
Large Chips | Sides | 200 | 150 | With salt and vinegar
Coke 500ml | Drinks | 100 | 180 | Ice cold
Mazoe Orange Juice | Drinks | 120 | 90 | A tall glass`),
		deal: musika.Promotion{Code: "CRISPY3", Title: "$3 off when you spend $15", Kind: musika.PromotionFixed, Value: 300, Minimum: 1500},
	},
	{
		owner: "+263770000004", ownerName: "Chipo Marufu",
		merchant: musika.Merchant{
			Slug: "mbare-fresh", Name: "Mbare Fresh Market", Category: "Groceries", Featured: true,
			Description: "Vegetables, fruit and staples from the farm the same morning.",
			Hours:       hours(5, 23), Area: "Mbare, Harare", Location: musika.Point{Latitude: -17.8606, Longitude: 31.0371},
			DeliveryFee: 250, DeliveryMinutes: 60, MinimumOrder: 300,
		},
		products: products("FRESH", `
Tomatoes 1kg | Vegetables | 120 | 150 | Firm and red
Onions 1kg | Vegetables | 110 | 140 | Brown onions
Covo Bundle | Vegetables | 50 | 200 | Tied this morning
Bananas 1kg | Fruit | 130 | 90 | From Honde Valley
Avocado | Fruit | 40 | 4 | Ready to eat
Fresh Milk 2L | Dairy | 320 | 60 | Full cream
Eggs Tray of 30 | Dairy | 550 | 35 | Free range
Mealie Meal 10kg | Staples | 650 | 50 | Roller meal for sadza
Mazoe Orange Crush 2L | Drinks | 400 | 45 | Makes ten litres of juice`),
		deal: musika.Promotion{Code: "FRESH10", Title: "10% off vegetables", Kind: musika.PromotionPercent, Value: 1000, Category: "Vegetables"},
	},
	{
		owner: "+263770000005", ownerName: "Tatenda Sibanda",
		merchant: musika.Merchant{
			Slug: "sunrise-bakery", Name: "Sunrise Bakery", Category: "Bakery",
			Description: "Bread, buns and pies, out of the oven from four in the morning.",
			Hours:       hours(4, 22), Area: "Borrowdale, Harare", Location: musika.Point{Latitude: -17.7589, Longitude: 31.0896},
			DeliveryFee: 150, DeliveryMinutes: 40,
		},
		products: products("SUN", `
White Bread Loaf | Bread | 110 | 180 | Sliced, 700 g
Brown Bread Loaf | Bread | 120 | 140 | Sliced, 700 g
Buns Pack of 6 | Bread | 100 | 110 | Soft and round
Butter Croissant | Pastry | 130 | 3 | All butter
Beef Pie | Pastry | 150 | 85 | Flaky, peppery
Scones Pack of 4 | Pastry | 200 | 40 | With a pot of jam
Apple Juice 300ml | Drinks | 130 | 60 | Chilled`),
		deal: musika.Promotion{Code: "BREAD10", Title: "10% off bread", Kind: musika.PromotionPercent, Value: 1000, Category: "Bread"},
	},
	{
		owner: "+263770000006", ownerName: "Nomsa Dube",
		merchant: musika.Merchant{
			Slug: "sweet-thula", Name: "Sweet Thula Cakes", Category: "Cakes & Desserts",
			Description: "Birthday cakes, cupcakes and desserts made to order.",
			Hours:       hours(7, 23), Area: "Mount Pleasant, Harare", Location: musika.Point{Latitude: -17.7713, Longitude: 31.0475},
			DeliveryFee: 300, DeliveryMinutes: 75,
		},
		products: products("CAKE", `
Chocolate Cake | Cakes | 1800 | 12 | Three layers, serves twelve
Vanilla Birthday Cake | Cakes | 2000 | 10 | With a name on it; write it in the note
Carrot Cake Slice | Cakes | 300 | 30 | Cream cheese icing
Cupcakes Box of 6 | Cakes | 700 | 25 | Mixed flavours
Vanilla Ice Cream 1L | Desserts | 450 | 40 | Kept frozen to your door
Fruit Salad | Desserts | 350 | 20 | Cut to order`),
		deal: musika.Promotion{Code: "SWEET5", Title: "$5 off cakes from $30", Kind: musika.PromotionFixed, Value: 500, Category: "Cakes", Minimum: 3000},
	},
}

const weekend = 1<<time.Saturday | 1<<time.Sunday

// platformPromotions hold in every store.
var platformPromotions = []musika.Promotion{
	{Code: "WELCOME20", Title: "20% off your first order", Kind: musika.PromotionPercent, Value: 2000, FirstOrder: true},
	{Code: "WEEKEND50", Title: "Half price at the weekend, up to $10", Kind: musika.PromotionPercent, Value: 5000, Cap: 1000, Weekdays: weekend},
	{Code: "FOOD15", Title: "15% off meals from $10", Kind: musika.PromotionPercent, Value: 1500, Category: "Meals", Minimum: 1000},
	{Code: "LUCKY100", Title: "$1 off from $10, twice", Kind: musika.PromotionFixed, Value: 100, Minimum: 1000, MaxUses: 2},
	{Code: "VIP200", Title: "$2 off for premium customers", Kind: musika.PromotionFixed, Value: 200, Premium: true},
	{Code: "REFER2024", Title: "$2 off when a friend sent you, once", Kind: musika.PromotionFixed, Value: 200, FirstOrder: true, MaxUses: 1},
}

// customerNames are of people who ordered in the past.
var customerNames = strings.Split("Anesu Banda,Blessing Chari,Chenai Dziva,Dumisani Khumalo,Edith Gumbo,Farisai Hove,Gift Jena,"+
	"Hazel Kanda,Innocent Lunga,Joyce Madziva,Kudzai Nyathi,Lindiwe Moyo,Makanaka Phiri,Nyasha Rusere,Obey Sithole,"+
	"Panashe Tafuma,Ruvimbo Utete,Simba Vhera,Tariro Wushe,Vimbai Zhou,Wadzanai Banda,Yeukai Chuma,Zanele Ndlovu,"+
	"Brian Mutasa,Carol Nkomo,David Gwena,Esther Mpofu,Faith Rwodzi,George Tembo,Heather Ndoro", ",")

// reviews by stars.
var reviews = map[int][]string{
	5: {"Fast and still hot. Thank you!", "Best in Harare.", "Zvakanaka chaizvo, maita basa.", "Driver was very polite.", ""},
	4: {"Good food, arrived a little late.", "Nice, will order again.", "", ""},
	3: {"Okay, but one item was missing its sauce.", "Took over an hour.", ""},
	2: {"Food was cold when it came.", ""},
	1: {"Wrong order, and nobody answered the phone.", ""},
}

// places that orders went to.
var places = []struct {
	address string
	at      musika.Point
}{
	{"12 King George Road, Avondale", musika.Point{Latitude: -17.7993, Longitude: 31.0405}},
	{"45 Samora Machel Avenue, Harare", musika.Point{Latitude: -17.8277, Longitude: 31.0534}},
	{"3 Churchill Avenue, Alexandra Park", musika.Point{Latitude: -17.7934, Longitude: 31.0551}},
	{"88 Harare Drive, Borrowdale", musika.Point{Latitude: -17.7502, Longitude: 31.0943}},
	{"7 The Chase, Mount Pleasant", musika.Point{Latitude: -17.7680, Longitude: 31.0433}},
	{"21 Ardbennie Road, Waterfalls", musika.Point{Latitude: -17.8841, Longitude: 31.0456}},
	{"5 Glenara Avenue, Highlands", musika.Point{Latitude: -17.8086, Longitude: 31.1042}},
}
