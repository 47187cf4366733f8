// Package geo says where an address is, and whose network it belongs to, from
// MaxMind DB files (.mmdb) on this machine: those of MaxMind (GeoLite2, GeoIP2) and
// of DB-IP. Nothing is asked of the network.
package geo
