// Package query is the language by which people choose rows: flows on the screen, in
// streams and exports, in alerts. It knows no flows: who uses it gives it the fields.
//
//	query := term { [and] term } { or … }      not binds tighter than and, and than or
//	term  := not term | ( query ) | :saved | word | "text" | /regexp/ | field test
//	test  := : value | = value | != value | < value | contains text | matches /regexp/ | in {…}
//	value := item { , item } | { item, item }  an item is a word, a text, a range, a network
//
// docs/query.md tells people all of it. Text is found in any case; numbers have the
// units of their Kind. A query is compiled once; to match it allocates nothing, but for
// regular expressions on what has to be put into words first.
package query
