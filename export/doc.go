// Package export turns snapshots into what leaves the program: records of JSON
// lines and tables of text. A Record is built once from a snapshot, and every
// form is made from it, so all of them show the same numbers.
package export
