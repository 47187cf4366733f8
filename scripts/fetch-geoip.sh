#!/bin/sh
# Downloads the DB-IP Lite databases (country, city, ASN) for sockeye.
set -eu

usage() {
	cat <<-'EOF'
	usage: scripts/fetch-geoip.sh [--city] [FOLDER]

	Downloads this month's DB-IP Lite databases of countries and networks (with
	--city those of cities, too, 130 MB) into FOLDER, by default
	~/.local/share/sockeye/geoip, where sockeye finds them. A running sockeye
	takes them up by itself.

	IP geolocation by DB-IP, https://db-ip.com, under the Creative Commons
	Attribution 4.0 International licence. Whoever shows what comes out of it has
	to say so.
	EOF
}

kinds="country asn"
folder=${XDG_DATA_HOME:-$HOME/.local/share}/sockeye/geoip
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		usage
		exit 0
		;;
	--city) kinds="city asn" ;;
	-*)
		usage >&2
		exit 2
		;;
	*) folder=$1 ;;
	esac
	shift
done

for tool in curl gunzip; do
	if ! command -v $tool >/dev/null; then
		echo "error: $tool is not here" >&2
		echo "hint: install it, for instance with: apt-get install $tool" >&2
		exit 1
	fi
done

mkdir -p "$folder"
month=$(date -u +%Y-%m)
for kind in $kinds; do
	name=dbip-$kind-lite-$month.mmdb
	file=$folder/dbip-$kind-lite.mmdb
	part=$file.part
	trap 'rm -f "$part" "$part.gz"' EXIT
	if ! curl -fsSL --retry 3 -o "$part.gz" "https://download.db-ip.com/free/$name.gz"; then
		echo "error: download https://download.db-ip.com/free/$name.gz" >&2
		echo "hint: see https://db-ip.com/db/lite.php for what there is" >&2
		exit 1
	fi
	gunzip -c "$part.gz" >"$part"
	mv "$part" "$file" # at once: what is mapped stays whole
	echo "$file"
done
echo "IP geolocation by DB-IP, https://db-ip.com (CC BY 4.0)"
