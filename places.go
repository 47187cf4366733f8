package main

import (
	"cmp"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"sockeye/config"
	"sockeye/track/geo"
)

// placeFlags name the databases of places.
type placeFlags struct {
	Country string `group:"Names:" name:"geoip-country-db" type:"path" placeholder:"FILE" help:"Countries from this .mmdb file (default: one in the usual folders)."`
	City    string `group:"Names:" name:"geoip-city-db" type:"path" placeholder:"FILE" help:"Cities from this .mmdb file."`
	ASN     string `group:"Names:" name:"geoip-asn-db" type:"path" placeholder:"FILE" help:"Networks and who runs them from this .mmdb file."`
	NoGeoIP bool   `group:"Names:" name:"no-geoip" negatable:"geoip" help:"No countries, cities and networks."`
}

func (f *placeFlags) apply(conf *config.Config, given map[string]bool) {
	setting(&f.Country, atHome(conf.GeoIPCountryDB), given["geoip-country-db"])
	setting(&f.City, atHome(conf.GeoIPCityDB), given["geoip-city-db"])
	setting(&f.ASN, atHome(conf.GeoIPASNDB), given["geoip-asn-db"])
	setting(&f.NoGeoIP, not(conf.GeoIP), given["no-geoip"])
}

// atHome replaces a leading ~/ of a path in the configuration, as a shell does for
// options, by the home of the user who called the program.
func atHome(path *string) *string {
	if path == nil {
		return nil
	}
	if rest, ok := strings.CutPrefix(*path, "~/"); ok {
		return new(filepath.Join(config.Invoker().Home, rest))
	}
	return path
}

// open opens the databases: those that are named, and of the other kinds those
// that are found. A nil Set is for none. Only of a named one is it an error that it
// cannot be read.
func (f *placeFlags) open() (*geo.Set, error) {
	if f.NoGeoIP {
		return nil, nil
	}
	named := geo.Paths{Country: f.Country, City: f.City, ASN: f.ASN}
	found := geo.Find(placeFolders())
	set, err := geo.Open(geo.Paths{
		Country: cmp.Or(named.Country, found.Country),
		City:    cmp.Or(named.City, found.City),
		ASN:     cmp.Or(named.ASN, found.ASN),
	})
	if err == nil {
		return set, nil
	}
	set, errNamed := geo.Open(named)
	if errNamed != nil {
		return nil, &usageError{err: errNamed, hint: "scripts/fetch-geoip.sh downloads databases; --no-geoip does without"}
	}
	slog.Warn("database left out", "error", err)
	return set, nil
}

// placeFolders are where databases are looked for.
func placeFolders() []string {
	var all []string
	for _, base := range []string{os.Getenv("XDG_DATA_HOME"), filepath.Join(config.Invoker().Home, ".local", "share")} {
		if filepath.IsAbs(base) {
			all = append(all, filepath.Join(base, "sockeye", "geoip"))
		}
	}
	return append(all, geo.Folders...)
}
