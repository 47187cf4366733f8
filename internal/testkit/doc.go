// Package testkit is what the tests of all packages share: the gates that say
// which tests may run here, network namespaces, the corpora, the built binary
// and its runs.
//
// Three variables steer it. SOCKEYE_CORPORA names the folder of captures with
// known answers. SOCKEYE_TEST=full turns every skip into a failure, except
// where the kernel lacks something. SOCKEYE_BINARY names a binary that was
// built already.
package testkit
