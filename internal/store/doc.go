// Package store is all of Musika's SQL: one file per table family, small
// functions that take the transaction they work in and compose. The caller owns
// the transaction. SQL is portable (see internal/db) and stands right above the
// function that runs it. Rows of a tenant are changed under a merchant_id
// clause wherever the caller acts for a merchant.
package store
