// Package names gives names to ports and addresses, from tables that are on
// this machine. Nothing in it sends a packet.
package names
