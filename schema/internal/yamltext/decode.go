package yamltext

import (
	"bytes"
	"errors"
	"io"

	"gopkg.in/yaml.v3"
)

// Decode reads the first document of data, and the second where there is
// one. It looks no further. The line ends of Windows mean what LF means: the library
// does not know a blank line by them, and takes the next entry's comment for one of
// the entry before.
func Decode(data []byte) (first, second *yaml.Node, err error) {
	if windows := []byte("\r\n"); bytes.Contains(data, windows) {
		data = bytes.ReplaceAll(data, windows, []byte("\n"))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for _, node := range []**yaml.Node{&first, &second} {
		var found yaml.Node
		if err := decoder.Decode(&found); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		*node = &found
	}
	return first, second, nil
}
