package store

import "time"

// Position is where an entry stands in a list: the sort key and the id. A list
// that is sorted by id alone leaves At zero. The zero Position is the start.
type Position struct {
	At time.Time
	ID string
}

// is adds a condition for a filter that is set.
func is[T ~string](w *where, column string, value T) {
	if value != "" {
		w.and(column+" = ?", value)
	}
}
