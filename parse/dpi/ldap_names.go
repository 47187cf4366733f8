package dpi

// ldapOperation names a request; "" for a response and what is none.
func ldapOperation(tag byte) string {
	switch tag {
	case ldapBind:
		return "bind"
	case ldapUnbind:
		return "unbind"
	case ldapSearch:
		return "search"
	case ldapModify:
		return "modify"
	case ldapAdd:
		return "add"
	case ldapDelete:
		return "delete"
	case ldapModifyDN:
		return "modify_dn"
	case ldapCompare:
		return "compare"
	case ldapAbandon:
		return "abandon"
	case ldapExtended:
		return "extended"
	}
	return ""
}

func ldapAnswer(tag byte) bool {
	switch tag {
	case ldapBound, ldapEntry, ldapSearchDone, 0x67, 0x69, 0x6b, 0x6d, 0x6f, ldapReference, ldapExtendedOK, ldapBetween:
		return true
	}
	return false
}

var ldapResults = [...]string{0: "success", 1: "operationsError", 2: "protocolError", 3: "timeLimitExceeded", 4: "sizeLimitExceeded",
	5: "compareFalse", 6: "compareTrue", 7: "authMethodNotSupported", 8: "strongerAuthRequired", 10: "referral",
	11: "adminLimitExceeded", 12: "unavailableCriticalExtension", 13: "confidentialityRequired", 14: "saslBindInProgress",
	16: "noSuchAttribute", 17: "undefinedAttributeType", 18: "inappropriateMatching", 19: "constraintViolation",
	20: "attributeOrValueExists", 21: "invalidAttributeSyntax", 32: "noSuchObject", 33: "aliasProblem", 34: "invalidDNSyntax",
	36: "aliasDereferencingProblem", 48: "inappropriateAuthentication", 49: "invalidCredentials", 50: "insufficientAccessRights",
	51: "busy", 52: "unavailable", 53: "unwillingToPerform", 54: "loopDetect", 64: "namingViolation", 65: "objectClassViolation",
	66: "notAllowedOnNonLeaf", 67: "notAllowedOnRDN", 68: "entryAlreadyExists", 69: "objectClassModsProhibited",
	71: "affectsMultipleDSAs", 80: "other"}
