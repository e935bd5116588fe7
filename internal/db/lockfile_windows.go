//go:build windows

package db

import (
	"syscall"
)

// lockFile opens the file so that nobody else can; the system closes it when
// the process ends, however it ends. The file itself stays.
func lockFile(path string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, inUse(path, err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, inUse(path, err)
	}
	return func() { _ = syscall.CloseHandle(h) }, nil
}
