package app

import (
	"github.com/riverqueue/river"

	"github.com/musika/musika/internal/inbox"
)

// workers registers every job of the program. A new one is one line here.
func workers(in *inbox.Service) *river.Workers {
	w := river.NewWorkers()
	in.AddWorkers(w)
	return w
}
