// Package words writes words for people: names that came from outside, fit to be
// shown or typed, counts with their nouns, and the word that a typing error was
// probably meant to be.
//
// It knows nothing of secrets; that a name is no value is up to who hands it in.
package words
