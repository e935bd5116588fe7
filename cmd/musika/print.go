package main

import (
	"fmt"
	"runtime"

	"github.com/musika/musika/internal/api"
	"github.com/musika/musika/internal/app"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s surroundings) error {
	_, err := fmt.Fprintf(s.out, "musika %s (%s, %s/%s)\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

type openapiCommand struct{}

// Run prints the OpenAPI document.
func (openapiCommand) Run(s surroundings) error {
	document, err := api.New(api.Dependencies{Version: app.Version()}).OpenAPI()
	if err != nil {
		return err
	}
	_, err = s.out.Write(document)
	return err
}
