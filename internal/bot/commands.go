package bot

// commands lists every command there is, in the order in which help shows
// them.
func commands() []*Command {
	return []*Command{
		helpCommand(),
		menuCommand(),
		moreCommand(),
		registerCommand(),
		profileCommand(),
		languageCommand(),
		ownerCommand(),
		aboutCommand(),
		pingCommand(),

		storeCommand(),
		categoriesCommand(),
		searchCommand(),
		addCommand(),
		orderCommand(),
		cartCommand(),
		removeCommand(),
		clearCommand(),
		promoCommand(),
		checkoutCommand(),
		ordersCommand(),
		trackCommand(),
		cancelCommand(),
		reorderCommand(),
		rateCommand(),

		merchantCommand(),
		merchantOrdersCommand(),
		acceptCommand(),
		rejectCommand(),
		updateStatusCommand(),
		storeStatusCommand(),
	}
}
