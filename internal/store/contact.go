package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

// CustomerAt returns the customer whom the addresses of one message belong to,
// makes them when nobody is known, and keeps addresses that are new. Addresses
// that belong to several customers prove that these are one person: they are
// merged into the one known longest. The profile name is kept until the
// customer registers one. Addresses must not be empty.
func CustomerAt(ctx context.Context, tx db.Tx, addresses []musika.Address, profile string) (musika.Customer, error) {
	if len(addresses) == 0 {
		return musika.Customer{}, musika.Errorf(musika.CodeInvalid, "A person needs an address.")
	}
	// One order for everybody: two messages of one person that arrive at once
	// wait for each other, not for ever.
	addresses = slices.Clone(addresses)
	slices.SortFunc(addresses, func(a, b musika.Address) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	addresses = slices.Compact(addresses)

	owners, known, err := ownersOf(ctx, tx, addresses)
	if err != nil {
		return musika.Customer{}, err
	}
	if len(owners) == 0 || len(known) < len(addresses) {
		if owners, err = keepAddresses(ctx, tx, addresses, owners, known); err != nil {
			return musika.Customer{}, err
		}
	}
	c := owners[0]
	for _, younger := range owners[1:] {
		if c, err = MergeCustomers(ctx, tx, c.ID, younger.ID); err != nil {
			return c, meanwhile(err)
		}
	}
	return c, meanwhile(refresh(ctx, tx, &c, addresses, profile))
}

// meanwhile makes a customer who is gone since they were looked up a lost
// race: another transaction merged them, and the next run meets who they are.
func meanwhile(err error) error {
	if musika.CodeOf(err) != musika.CodeNotFound {
		return err
	}
	return musika.Errorf(musika.CodeSerialization, "A person was merged with another meanwhile.").Wrap(err)
}

// refresh takes over what a message tells of its sender.
func refresh(ctx context.Context, tx db.Tx, c *musika.Customer, addresses []musika.Address, profile string) error {
	before := *c
	if !c.Registered && profile != "" {
		c.Name = profile
	}
	for _, a := range addresses {
		if a.Kind == musika.AddressPhone && c.Phone == "" {
			c.Phone = musika.Phone(a.Value)
		}
	}
	if *c == before {
		return nil
	}
	return UpdateCustomer(ctx, tx, *c)
}

// keepAddresses stores those that are not known, for the first of owners or,
// when there is none, for a new customer. It returns the owners of all.
func keepAddresses(ctx context.Context, tx db.Tx, addresses []musika.Address, owners []musika.Customer, known map[musika.Address]bool) ([]musika.Customer, error) {
	isNew := len(owners) == 0
	if isNew {
		c := musika.Customer{
			ID:       musika.CustomerID(musika.NewID("cus", tx.Now())),
			Language: musika.English, CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		}
		if err := InsertCustomer(ctx, tx, c); err != nil {
			return nil, err
		}
		owners = []musika.Customer{c}
	}
	kept, lost := 0, false
	for _, a := range addresses {
		if known[a] {
			continue
		}
		n, err := tx.Exec(ctx, insertContactAddressSQL, a.Kind, a.Value, owners[0].ID, tx.Now())
		if err != nil {
			return nil, err
		}
		kept += int(n)
		lost = lost || n == 0
	}
	if !lost {
		return owners, nil
	}
	// Another transaction met the same person at the same time and was first.
	if isNew && kept == 0 {
		if _, err := tx.Exec(ctx, deleteCustomerSQL, owners[0].ID); err != nil {
			return nil, err
		}
	}
	owners, _, err := ownersOf(ctx, tx, addresses)
	if err == nil && len(owners) == 0 {
		err = musika.Errorf(musika.CodeSerialization, "A person's address changed hands meanwhile.")
	}
	return owners, err
}

const insertContactAddressSQL = `INSERT INTO contact_addresses (kind, value, customer_id, created_at)
	VALUES ($1, $2, $3, $4) ON CONFLICT (kind, value) DO NOTHING`

const deleteCustomerSQL = `DELETE FROM customers WHERE id = $1`

// ownersOf returns the customers at addresses, known longest first, and which
// of the addresses are known.
func ownersOf(ctx context.Context, tx db.Tx, addresses []musika.Address) ([]musika.Customer, map[musika.Address]bool, error) {
	var owners []musika.Customer
	known := make(map[musika.Address]bool, len(addresses))
	for _, a := range addresses {
		c, ok, err := CustomerByAddress(ctx, tx, a)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		known[a] = true
		if !slices.ContainsFunc(owners, func(o musika.Customer) bool { return o.ID == c.ID }) {
			owners = append(owners, c)
		}
	}
	slices.SortFunc(owners, func(a, b musika.Customer) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return owners, known, nil
}

const changeAddressSQL = `UPDATE contact_addresses SET value = $3 WHERE kind = $1 AND value = $2`

// ChangeAddress follows a person whose number or id changed, as the network
// reports it. Whoever was known at the new address is merged with them: the
// network says it is theirs now. It does nothing when nobody is known at old.
func ChangeAddress(ctx context.Context, tx db.Tx, old, now musika.Address) error {
	c, ok, err := CustomerByAddress(ctx, tx, old)
	if err != nil || !ok || old == now {
		return err
	}
	if other, taken, err := CustomerByAddress(ctx, tx, now); err != nil {
		return err
	} else if taken {
		if other.ID != c.ID {
			if c, err = MergeCustomers(ctx, tx, c.ID, other.ID); err != nil {
				return meanwhile(err)
			}
		}
		if _, err := tx.Exec(ctx, deleteContactAddressSQL, old.Kind, old.Value); err != nil {
			return err
		}
	} else if old.Kind == now.Kind {
		if _, err := tx.Exec(ctx, changeAddressSQL, old.Kind, old.Value, now.Value); err != nil {
			return err
		}
	} else if _, err := tx.Exec(ctx, insertContactAddressSQL, now.Kind, now.Value, c.ID, tx.Now()); err != nil {
		return err
	}
	if now.Kind == musika.AddressPhone && string(c.Phone) != now.Value {
		c.Phone = musika.Phone(now.Value)
		return UpdateCustomer(ctx, tx, c)
	}
	return nil
}

const deleteContactAddressSQL = `DELETE FROM contact_addresses WHERE kind = $1 AND value = $2`
