#!/usr/bin/env bash
# Gets what the comparison needs into a folder, by apt, without installing anything: the index of Debian 12 main for amd64 as
# `Packages`, and the two oracles dose-debcheck and libsolv's installcheck under `root`.
#
#   tests/debian/fetch.sh FOLDER
#
# The machine's own list is taken if it is of bookworm; else a private one is fetched with Debian's archive keys.
set -euo pipefail
folder=$(mkdir -p "${1:?a folder}" && cd "$1" && pwd)
cd "$folder"
debs=(dose-distcheck libsolv-tools libsolv1 libsolvext1 librpmio9 librpm9 libpopt0 liblua5.3-0)
options=()

index() {
  apt-get "${options[@]}" indextargets --format '$(FILENAME)' \
    'Created-By: Packages' 'Codename: bookworm' 'Component: main' 'Architecture: amd64' | head -n 1
}
list=$(index)
if [[ -z "$list" || ! -e "$list" ]]; then
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p apt/lists/partial apt/cache/archives/partial
  echo "deb [arch=amd64 signed-by=$keys] http://deb.debian.org/debian bookworm main" > apt/sources.list
  options=(-o "Dir::State::lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache" -o "Dir::Etc::sourcelist=$folder/apt/sources.list"
    -o 'Dir::Etc::sourceparts=-' -o 'APT::Architecture=amd64' -o 'APT::Sandbox::User=root')
  apt-get "${options[@]}" update
  list=$(index)
fi
/usr/lib/apt/apt-helper "${options[@]}" cat-file "$list" > Packages.raw
# Without `:any` and `:native`: the file has one architecture, and dose forgets the version of `x:any (<< 2)`.
sed -E '/^(Depends|Pre-Depends|Conflicts|Breaks|Provides):/ s/:(any|native)\b//g' Packages.raw > Packages
rm Packages.raw

if [[ ! -x root/usr/bin/installcheck || ! -x root/usr/bin/dose-debcheck ]]; then
  mkdir -p debs root
  (cd debs && apt-get "${options[@]}" -o APT::Sandbox::User=root download "${debs[@]}")
  for deb in debs/*.deb; do dpkg-deb -x "$deb" root; done
fi
echo "$(grep -c '^Package: ' Packages) packages in $folder/Packages"
