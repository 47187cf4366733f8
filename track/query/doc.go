// Package query is the language by which people choose rows: flows on the screen, in
// streams and exports, in alerts. It knows no flows: who uses it gives it the fields.
package query
