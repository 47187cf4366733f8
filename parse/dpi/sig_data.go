package dpi

// dataSignatures are of databases and message queues.
var dataSignatures = []signature{
	postgresqlSignature,
	mysqlSignature,
}
