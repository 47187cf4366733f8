package theme

import "sockeye/ui/term"

// iftoprsPalettes are the palettes that iftoprs brings, by their numbers in xterm's 256
// colours (https://github.com/MenkeTechnologies/iftoprs, MIT: see NOTICE). What the
// colours are used for is ours.
var iftoprsPalettes = []Palette{
	iftoprs("neon-sprawl", "Neon Sprawl", 27, 48, 135, 141, 63, 99),
	iftoprs("acid-rain", "Acid Rain", 28, 46, 34, 40, 22, 35),
	iftoprs("ice-breaker", "Ice Breaker", 19, 39, 25, 33, 21, 32),
	iftoprs("synth-wave", "Synth Wave", 91, 177, 128, 134, 93, 97),
	iftoprs("rust-belt", "Rust Belt", 172, 214, 178, 220, 166, 130),
	iftoprs("ghost-wire", "Ghost Wire", 37, 50, 44, 87, 30, 23),
	iftoprs("red-sector", "Red Sector", 160, 203, 196, 210, 124, 88),
	iftoprs("sakura-den", "Sakura Den", 175, 218, 182, 225, 169, 132),
	iftoprs("data-stream", "Data Stream", 22, 46, 28, 119, 34, 22),
	iftoprs("solar-flare", "Solar Flare", 202, 220, 196, 213, 160, 125),
	iftoprs("neon-noir", "Neon Noir", 201, 231, 93, 219, 57, 53),
	iftoprs("chrome-heart", "Chrome Heart", 250, 255, 246, 253, 243, 239),
	iftoprs("blade-runner", "Blade Runner", 208, 37, 166, 73, 130, 23),
	iftoprs("void-walker", "Void Walker", 55, 99, 54, 141, 92, 17),
	iftoprs("toxic-waste", "Toxic Waste", 118, 190, 154, 226, 82, 58),
	iftoprs("cyber-frost", "Cyber Frost", 159, 195, 153, 189, 111, 67),
	iftoprs("plasma-core", "Plasma Core", 199, 213, 163, 207, 126, 89),
	iftoprs("steel-nerve", "Steel Nerve", 68, 110, 60, 146, 24, 236),
	iftoprs("dark-signal", "Dark Signal", 30, 43, 23, 79, 29, 16),
	iftoprs("glitch-pop", "Glitch Pop", 201, 51, 226, 47, 196, 21),
	iftoprs("holo-shift", "Holo Shift", 123, 219, 159, 183, 87, 133),
	iftoprs("night-city", "Night City", 214, 227, 209, 223, 172, 94),
	iftoprs("deep-net", "Deep Net", 19, 33, 17, 75, 26, 16),
	iftoprs("laser-grid", "Laser Grid", 46, 201, 51, 226, 196, 21),
	iftoprs("quantum-flux", "Quantum Flux", 135, 75, 171, 111, 98, 61),
	iftoprs("bio-hazard", "Bio Hazard", 148, 184, 106, 192, 64, 22),
	iftoprs("darkwave", "Darkwave", 53, 140, 89, 176, 127, 52),
	iftoprs("overlock", "Overlock", 196, 208, 160, 214, 124, 52),
	iftoprs("megacorp", "Megacorp", 252, 39, 245, 81, 242, 236),
	iftoprs("zaibatsu", "Zaibatsu", 167, 216, 131, 224, 95, 52),
	iftoprs("iftopcolor", "iftopcolor", 21, 46, 28, 48, 33, 19),
}

// iftoprs makes a palette of six numbers.
func iftoprs(name, label string, colors ...uint8) Palette {
	p := Palette{Name: name, Label: label, From: "iftoprs", Background: term.Default}
	for i, n := range colors {
		p.Colors[i] = term.Palette(n)
	}
	return p
}
