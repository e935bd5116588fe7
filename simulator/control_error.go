package simulator

import (
	"errors"
	"fmt"
	"net/http"
)

// ErrUnknown is wrapped by errors about a person, number, message or template
// that does not exist here; the control interface answers 404.
var ErrUnknown = errors.New("unknown")

// ErrInvalid is wrapped by errors about input that cannot be; the control
// interface answers 400.
var ErrInvalid = errors.New("invalid")

func unknownf(format string, args ...any) error {
	return fmt.Errorf("simulator: %w: %s", ErrUnknown, fmt.Sprintf(format, args...))
}

func invalidf(format string, args ...any) error {
	return fmt.Errorf("simulator: %w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

func controlStatus(err error) int {
	switch {
	case errors.Is(err, ErrUnknown):
		return http.StatusNotFound
	case errors.Is(err, ErrInvalid), errors.Is(err, ErrClockBackwards):
		return http.StatusBadRequest
	case errors.Is(err, ErrVerification):
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}
