// Package dpi tells what a flow speaks, by what its bytes are: its protocol, and
// what the protocol says of itself (names, versions, fingerprints, the outcome
// of each request). Ports are a hint and never a proof.
//
// An Inspector follows one flow. It looks at the first bytes of each direction
// until a signature matches, then lets that protocol's decoder read on until
// there is nothing more to learn; most flows are done after a few packets. What
// it finds is an App with one Detail for each protocol that said something.
//
// All input is hostile. A decoder never fails: what it cannot read ends it, and
// what was found so far stays. What it keeps is bounded (see limits.go), and
// secrets (passwords, tokens, cookies, community strings, the text of queries)
// are never kept.
package dpi
