package config

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/musika/musika"
)

// FileVariable names the variable that holds the path of the settings file.
const FileVariable = "MUSIKA_CONFIG"

// testPrefix starts the variables that belong to the tests: they are ignored.
const testPrefix = "MUSIKA_TEST_"

// Load reads the settings from environ (os.Environ's form) and from the file
// that MUSIKA_CONFIG names in it, if any. The environment wins. A value that is
// empty counts as not set.
//
// Everything that is wrong is reported at once, as a musika.Error with
// CodeInvalid whose Fields name each setting, what is wrong with it and an
// example. The value of a secret is in no error.
func Load(environ []string) (*Config, error) {
	env := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	var problems []musika.FieldError
	c := &Config{sources: map[string]string{}}
	known := c.fields()

	var file map[string]string
	if path := env[FileVariable]; path != "" {
		var bad []musika.FieldError
		file, bad = readFile(path, known)
		problems = append(problems, bad...)
	}
	for name := range env {
		if strings.HasPrefix(name, "MUSIKA_") && name != FileVariable && !strings.HasPrefix(name, testPrefix) && !has(known, name) {
			problems = append(problems, musika.FieldError{Field: name, Message: unknown(name, known)})
		}
	}
	for _, f := range known {
		value, source := f.def, "default"
		if v := file[f.Name]; v != "" {
			value, source = v, env[FileVariable]
		}
		if v := env[f.Name]; v != "" {
			value, source = v, "environment"
		}
		c.sources[f.Name] = source
		if value == "" {
			c.sources[f.Name] = ""
			continue
		}
		if err := f.set(value); err != nil {
			problems = append(problems, musika.FieldError{Field: f.Name, Message: f.complaint(value, err)})
		}
	}
	if len(problems) == 0 {
		problems = c.cross()
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b musika.FieldError) int { return strings.Compare(a.Field, b.Field) })
		return nil, &musika.Error{Code: musika.CodeInvalid, Message: "The settings cannot be used.", Fields: problems}
	}
	return c, nil
}

// Default returns the settings of an empty environment.
func Default() *Config {
	c, err := Load(nil)
	if err != nil {
		panic(err) // a default that its own check refuses; TestDefaults catches it
	}
	return c
}

// complaint says what is wrong with value and shows a right one.
func (f field) complaint(value string, err error) string {
	shown := fmt.Sprintf("%q ", value)
	if f.Secret {
		shown = "the value "
	}
	return shown + err.Error() + ". Example: " + f.Name + "=" + f.Example
}

func has(known []field, name string) bool {
	return slices.ContainsFunc(known, func(f field) bool { return f.Name == name })
}

// unknown says that there is no setting of that name, and which was meant.
func unknown(name string, known []field) string {
	best, distance := known[0], 1<<30
	for _, f := range known {
		if d := editDistance(name, f.Name); d < distance {
			best, distance = f, d
		}
	}
	if distance > max(3, len(name)/4) {
		return "is not a setting. `musika doctor --settings` lists all of them."
	}
	return "is not a setting. Did you mean " + best.Name + "? Example: " + best.Name + "=" + best.Example
}

// readFile reads a settings file: lines of KEY=value, blank lines and lines that start
// with #. A value may stand in single or double quotes.
func readFile(path string, known []field) (map[string]string, []musika.FieldError) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, []musika.FieldError{{Field: FileVariable, Message: fmt.Sprintf("names a file that cannot be read (%v). Example: %s=./musika.env", err, FileVariable)}}
	}
	values := map[string]string{}
	var problems []musika.FieldError
	for i, line := range strings.Split(strings.TrimPrefix(string(content), "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		where := fmt.Sprintf("%s line %d", path, i+1)
		_, twice := values[name]
		switch {
		case !ok:
			problems = append(problems, musika.FieldError{Field: where, Message: "is not KEY=value. Example: MUSIKA_ADDR=127.0.0.1:8080"})
			continue
		case !has(known, name):
			problems = append(problems, musika.FieldError{Field: name, Message: "(" + where + ") " + unknown(name, known)})
			continue
		case twice:
			problems = append(problems, musika.FieldError{Field: name, Message: "(" + where + ") is set twice in the file. Keep one of the lines"})
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		values[name] = value
	}
	return values, problems
}

// editDistance is the number of letters to insert, drop or change to get from
// a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
