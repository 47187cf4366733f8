package main

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"sockeye/track/geo"
)

// settingsFinding tells of the configuration file: misconfigured is what is wrong
// with it.
func settingsFinding(path string, misconfigured error) finding {
	f := finding{Group: groupSettings, Name: "configuration", State: works, Means: path}
	if misconfigured != nil {
		f.State, f.Means = fails, "every other command refuses to start"
		f.Why, f.Fix = oneLine(misconfigured.Error()), cmp.Or(hintFor(misconfigured), "correct the file")
	} else if _, err := os.Stat(path); err != nil {
		f.Means = "defaults; there is no " + path
	}
	return f
}

// placesFinding tells which databases of places are there.
func placesFinding(named *placeFlags) finding {
	f := finding{Group: groupNames, Name: "places", State: works}
	if named.NoGeoIP {
		f.State, f.Means, f.Why = limited, "flows have no countries, cities and networks", "the configuration switches them off"
		return f
	}
	found := geo.Find(placeFolders())
	var have, lacks []string
	var bad []error
	for _, kind := range []struct{ name, path string }{
		{"countries", cmp.Or(named.Country, found.Country, named.City, found.City)},
		{"cities", cmp.Or(named.City, found.City)},
		{"networks", cmp.Or(named.ASN, found.ASN)},
	} {
		if err := readable(kind.path); err != nil {
			bad = append(bad, err)
		} else if kind.path != "" {
			have = append(have, kind.name+" from "+filepath.Base(kind.path))
			continue
		}
		lacks = append(lacks, kind.name)
	}
	f.Means = strings.Join(have, ", ")
	if len(lacks) > 0 {
		f.State, f.Fix = limited, "scripts/fetch-geoip.sh"
		f.Means = "flows have no " + strings.Join(lacks, ", ")
		f.Why = "there are no such databases"
		if err := errors.Join(bad...); err != nil {
			f.Why = oneLine(err.Error())
		}
	}
	return f
}

// readable tries to open a database; no path is no error.
func readable(path string) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return file.Close()
}
