// Package yamltext changes YAML in its text, line by line and word by word, so
// that what need not change stays as people wrote it: comments, order, blank
// lines, brackets.
//
// A Block is one key of a mapping with its lines, to be edited; a Stanza is the
// same to be merged, its lines moved to the left. Spans are where the text of a
// scalar stands. Nothing here knows SOPS or manifests.
package yamltext
