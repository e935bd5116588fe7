package simulator

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxUpload leaves room for the fields around a file of 100 MB.
const maxUpload = 101 << 20

// uploadMedia takes multipart/form-data with messaging_product, file and,
// optionally, type.
func uploadMedia(s *Simulator, c *call) (any, *graphError) {
	fields, file, mimeType, gerr := readUpload(c.r)
	if gerr != nil {
		return nil, gerr
	}
	if gerr := checkProduct(fields["messaging_product"]); gerr != nil {
		return nil, gerr
	}
	if file == nil {
		return nil, failParam("The parameter file is required.")
	}
	if t := fields["type"]; strings.Contains(t, "/") && (mimeType == "" || baseType(mimeType) == "application/octet-stream") {
		mimeType = t
	}
	rule, ok := ruleFor(mimeType)
	if !ok {
		var all []string
		for _, r := range mediaRules {
			all = append(all, r.kinds...)
		}
		slices.Sort(all)
		return nil, failParam("Param file must be a file with one of the following types: %s. Received file of type '%s'.",
			strings.Join(all, ", "), baseType(mimeType))
	}
	if gerr := checkBytes(file, mimeType, rule); gerr != nil {
		return nil, gerr
	}
	return map[string]string{"id": s.storeMedia(c.number, mimeType, file, uploadLife).id}, nil
}

// checkBytes refuses a file that is too large or evidently of another type than
// it says, the usual cause of 131053.
func checkBytes(data []byte, mimeType string, rule mediaRule) *graphError {
	if int64(len(data)) > rule.max {
		return fail(131053, "Media file size too big. Max file size we currently support: %d bytes. Please check media size.", rule.max)
	}
	if len(data) == 0 {
		return fail(131053, "Media file is empty")
	}
	found := baseType(http.DetectContentType(data))
	switch found {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf":
		if found != baseType(mimeType) {
			return fail(131053, "Media file has type %s but was declared as %s", found, baseType(mimeType))
		}
	}
	return nil
}

// readUpload reads the parts of a media upload.
func readUpload(r *http.Request) (fields map[string]string, file []byte, mimeType string, gerr *graphError) {
	fields = map[string]string{}
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload)
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "multipart/form-data" {
		return fields, nil, "", nil // Graph looks for the fields and misses them
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, "", uploadError(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, file, mimeType, nil
		}
		if err != nil {
			return nil, nil, "", uploadError(err)
		}
		data, err := readPart(part)
		if err != nil {
			return nil, nil, "", uploadError(err)
		}
		if part.FormName() == "file" {
			file, mimeType = data, part.Header.Get("Content-Type")
			if file == nil {
				file = []byte{}
			}
		} else if len(data) < 1<<16 {
			fields[part.FormName()] = string(data)
		}
	}
}

func readPart(part *multipart.Part) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, part)
	return b.Bytes(), err
}

func uploadError(err error) *graphError {
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return fail(131053, "Media file size too big. Max file size we currently support: %d bytes.", 100<<20)
	}
	return failParam("The multipart body could not be read")
}

// startUpload opens a session of the Resumable Upload API, which gives the
// handles that template examples and profile pictures want.
func startUpload(_ *Simulator, c *call) (any, *graphError) {
	params, gerr := c.params()
	if gerr != nil {
		return nil, gerr
	}
	for _, name := range []string{"file_length", "file_type"} {
		v, gerr := str(params, name)
		if gerr != nil {
			return nil, gerr
		}
		if v == "" {
			return nil, failParam("The parameter %s is required.", name)
		}
		if n, err := strconv.ParseInt(v, 10, 64); name == "file_length" && (err != nil || n < 1 || n > 100<<20) {
			return nil, failParam("Param file_length must be between 1 and %d.", 100<<20)
		}
	}
	return map[string]string{"id": "upload:" + newTraceID() + newTraceID()}, nil
}

// continueUpload takes the bytes of a session and answers with the handle. The
// bytes are counted and let go: no one ever sees an example again.
func continueUpload(_ *Simulator, c *call) (any, *graphError) {
	n, err := io.Copy(io.Discard, http.MaxBytesReader(nil, c.r.Body, maxUpload))
	if err != nil || n == 0 {
		return nil, failParam("The upload has no bytes or too many.")
	}
	return map[string]string{"h": "4::" + newTraceID() + ":" + newTraceID()}, nil
}
