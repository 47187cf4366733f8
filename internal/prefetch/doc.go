// Package prefetch asks for memory before it is needed. The runtime has the
// same instruction and does not export it. A load would do the work too, but it
// holds up everything behind it until the memory has come.
package prefetch
