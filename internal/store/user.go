package store

import (
	"context"

	"github.com/musika/musika"
	"github.com/musika/musika/internal/db"
)

const userColumns = `id, phone, name, role, merchant_id, created_at`

func scanUser(scan func(...any) error) (musika.User, error) {
	var u musika.User
	err := scan(&u.ID, &u.Phone, &u.Name, &u.Role, db.OrZero(&u.MerchantID), &u.CreatedAt)
	return u, err
}

const insertUserSQL = `INSERT INTO users (` + userColumns + `) VALUES ($1, $2, $3, $4, $5, $6)`

// InsertUser stores a new user. A phone that is taken is a CodeConflict.
func InsertUser(ctx context.Context, tx db.Tx, u musika.User) error {
	if _, taken, err := UserByPhone(ctx, tx, u.Phone); err != nil {
		return err
	} else if taken {
		return musika.Errorf(musika.CodeConflict, "%s already has a role. Change that one instead.", u.Phone)
	}
	_, err := tx.Exec(ctx, insertUserSQL, u.ID, u.Phone, u.Name, u.Role, db.NullIfZero(u.MerchantID), u.CreatedAt)
	return err
}

const userByIDSQL = `SELECT ` + userColumns + ` FROM users WHERE id = $1`

// User returns the user with this id.
func User(ctx context.Context, tx db.Tx, id musika.UserID) (musika.User, error) {
	return db.One(ctx, tx, "user", scanUser, userByIDSQL, id)
}

const userByPhoneSQL = `SELECT ` + userColumns + ` FROM users WHERE phone = $1`

// UserByPhone returns the user with this phone, and false when there is none.
func UserByPhone(ctx context.Context, tx db.Tx, phone musika.Phone) (musika.User, bool, error) {
	return db.Maybe(ctx, tx, scanUser, userByPhoneSQL, phone)
}

const usersByRoleSQL = `SELECT ` + userColumns + ` FROM users WHERE role = $1 ORDER BY created_at, id`

// UsersByRole returns everybody with a role.
func UsersByRole(ctx context.Context, tx db.Tx, role musika.Role) ([]musika.User, error) {
	return db.All(ctx, tx, scanUser, usersByRoleSQL, role)
}

const merchantUsersSQL = `SELECT ` + userColumns + ` FROM users WHERE merchant_id = $1 ORDER BY created_at, id`

// MerchantUsers returns the owner and staff of a merchant.
func MerchantUsers(ctx context.Context, tx db.Tx, merchant musika.MerchantID) ([]musika.User, error) {
	return db.All(ctx, tx, scanUser, merchantUsersSQL, merchant)
}

const updateUserSQL = `UPDATE users SET name = $2, role = $3, merchant_id = $4 WHERE id = $1`

// UpdateUser stores a user's name, role and merchant.
func UpdateUser(ctx context.Context, tx db.Tx, u musika.User) error {
	n, err := tx.Exec(ctx, updateUserSQL, u.ID, u.Name, u.Role, db.NullIfZero(u.MerchantID))
	return changed(n, err, "user")
}

const deleteUserSQL = `DELETE FROM users WHERE id = $1`

// DeleteUser takes a person's role away.
func DeleteUser(ctx context.Context, tx db.Tx, id musika.UserID) error {
	n, err := tx.Exec(ctx, deleteUserSQL, id)
	return changed(n, err, "user")
}
