package simulator

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed phone
var phoneFiles embed.FS

// phoneHandler serves the page that looks like a phone. It is static and talks
// to the control interface alone.
func phoneHandler() http.Handler {
	files, err := fs.Sub(phoneFiles, "phone")
	if err != nil {
		panic("simulator: " + err.Error()) // the folder is embedded above
	}
	static := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		static.ServeHTTP(w, r)
	})
}
