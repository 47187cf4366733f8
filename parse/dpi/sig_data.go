package dpi

// dataSignatures are of databases and message queues. The weak ones come last.
var dataSignatures = []signature{
	postgresqlSignature,
	mysqlSignature,
	mongodbSignature,
	mqttSignature,
	amqpSignature,
	kafkaSignature,
}
