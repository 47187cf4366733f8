package dpi

// guesses are the Apps of flows of which only the port is known, by protocol.
var guesses = func() (all [protocols]*App) {
	for p := range all {
		all[p] = &App{Protocol: Protocol(p), Confidence: ByPort}
	}
	return all
}()

// GuessApp returns an App that says what PortGuess says, nil for nothing. It is for
// flows of which no payload was looked at: of others their bytes have said more.
func GuessApp(proto uint8, a, b uint16) *App {
	if p := PortGuess(proto, a, b); p != Unknown {
		return guesses[p]
	}
	return nil
}
