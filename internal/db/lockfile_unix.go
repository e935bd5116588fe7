//go:build unix

package db

import (
	"errors"
	"os"
	"syscall"

	"github.com/musika/musika"
)

// lockFile takes an exclusive lock that the operating system gives back when
// the process ends, however it ends. The file itself stays.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, musika.Errorf(musika.CodeUnavailable, "The lock file %s cannot be made. Check that its directory may be written.", path).Wrap(err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, inUse(path, err)
	}
	return func() { _ = f.Close() }, nil
}
