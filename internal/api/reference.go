package api

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// The reference page is made here from the OpenAPI document: huma's own page
// loads its code from the internet, and this program must work without.

//go:embed reference.html
var referenceHTML string

//go:embed reference.css
var referenceCSS []byte

var referenceTemplate = template.Must(template.New("reference").
	Funcs(template.FuncMap{
		"spans": func(s string) []string { return strings.Split(s, "`") },
		"odd":   func(i int) bool { return i%2 == 1 },
	}).Parse(referenceHTML))

type referencePage struct {
	Title, Version string
	Description    []string // paragraphs
	Tags           []referenceTag
	Problems       []referenceProblem
}

type referenceTag struct {
	Name, Description string
	Operations        []referenceOperation
}

type referenceOperation struct {
	ID, Method, Path, Summary, Description string
	NeedsKey                               bool
	Parameters                             []referenceField
	Fields                                 []referenceField
}

type referenceField struct {
	Depth               int
	Name, In, Type, Doc string
	Required            bool
}

type referenceProblem struct {
	Code   string
	Status int
}

func (a *API) serveReference(w http.ResponseWriter, _ *http.Request) {
	var page bytes.Buffer
	if err := referenceTemplate.Execute(&page, a.reference()); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes())
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(referenceCSS)
}

func (a *API) reference() referencePage {
	doc := a.huma.OpenAPI()
	page := referencePage{Title: doc.Info.Title, Version: doc.Info.Version, Description: strings.Split(doc.Info.Description, "\n\n")}
	for _, tag := range doc.Tags {
		page.Tags = append(page.Tags, referenceTag{Name: tag.Name, Description: tag.Description})
	}
	paths := make([]string, 0, len(doc.Paths))
	for path := range doc.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for i := range page.Tags {
				if slices.Contains(op.Tags, page.Tags[i].Name) {
					page.Tags[i].Operations = append(page.Tags[i].Operations, describe(doc, op))
				}
			}
		}
	}
	for code, status := range statusOf {
		page.Problems = append(page.Problems, referenceProblem{Code: string(code), Status: status})
	}
	slices.SortFunc(page.Problems, func(a, b referenceProblem) int {
		return strings.Compare(http.StatusText(a.Status)+a.Code, http.StatusText(b.Status)+b.Code)
	})
	return page
}

func describe(doc *huma.OpenAPI, op *huma.Operation) referenceOperation {
	out := referenceOperation{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
		NeedsKey: len(op.Security) > 0,
	}
	for _, p := range op.Parameters {
		out.Parameters = append(out.Parameters, referenceField{
			Name: p.Name, In: p.In, Type: typeName(doc, p.Schema), Doc: p.Description, Required: p.Required,
		})
	}
	if ok := op.Responses["200"]; ok != nil && ok.Content["application/json"] != nil {
		out.Fields = fields(doc, ok.Content["application/json"].Schema, 0)
	}
	return out
}

// maxDepth bounds how deep a body is described; types may refer to themselves.
const maxDepth = 4

func fields(doc *huma.OpenAPI, s *huma.Schema, depth int) []referenceField {
	s = resolve(doc, s)
	if s == nil || depth == maxDepth {
		return nil
	}
	if s.Type == huma.TypeArray {
		return fields(doc, s.Items, depth)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []referenceField
	for _, name := range names {
		p := s.Properties[name]
		out = append(out, referenceField{
			Depth: depth, Name: name, Type: typeName(doc, p), Doc: firstOf(p.Description, resolve(doc, p).Description),
			Required: slices.Contains(s.Required, name),
		})
		out = append(out, fields(doc, p, depth+1)...)
	}
	return out
}

func resolve(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func typeName(doc *huma.OpenAPI, s *huma.Schema) string {
	s = resolve(doc, s)
	switch {
	case s == nil:
		return ""
	case s.Type == huma.TypeArray:
		return "list of " + typeName(doc, s.Items)
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			if text, ok := v.(string); ok {
				values = append(values, text)
			}
		}
		return strings.Join(values, " | ")
	case s.Format == "date-time":
		return "time"
	case s.Type == "":
		return "any"
	}
	return s.Type
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
