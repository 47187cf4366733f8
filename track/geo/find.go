package geo

import (
	"path/filepath"
	"slices"
)

// patterns are the names that the files of each kind have: what MaxMind's
// geoipupdate writes, and what DB-IP offers for download.
var patterns = [...][]string{
	countries: {"GeoLite2-Country.mmdb", "GeoIP2-Country.mmdb", "dbip-country-lite*.mmdb", "dbip-country*.mmdb"},
	cities:    {"GeoLite2-City.mmdb", "GeoIP2-City.mmdb", "dbip-city-lite*.mmdb", "dbip-city*.mmdb"},
	networks:  {"GeoLite2-ASN.mmdb", "GeoIP2-ISP.mmdb", "dbip-asn-lite*.mmdb", "dbip-asn*.mmdb"},
}

// Folders are where such files usually are, besides the user's own folder.
var Folders = []string{
	"/usr/share/GeoIP", "/var/lib/GeoIP", "/usr/local/share/GeoIP", "/usr/local/var/GeoIP", "/opt/homebrew/var/GeoIP",
}

// Find returns the files in the first folder that has one of each kind. Of several
// that match one pattern, as those with a month in their name do, it is the last.
func Find(folders []string) Paths {
	return Paths{Country: find(folders, countries), City: find(folders, cities), ASN: find(folders, networks)}
}

func find(folders []string, k kind) string {
	for _, folder := range folders {
		for _, pattern := range patterns[k] {
			found, err := filepath.Glob(filepath.Join(folder, pattern))
			if err == nil && len(found) > 0 {
				return slices.Max(found)
			}
		}
	}
	return ""
}
