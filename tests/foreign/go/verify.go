// SPDX-License-Identifier: AGPL-3.0-or-later

// Verifies with Go's own transparency log code (golang.org/x/mod/sumdb) what our package makes. Each line of the
// standard input is a case as JSON; each line of the output says "ok" or why not.
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type testCase struct {
	Is        string
	Index     int64
	Old       int64
	Size      int64
	Leaf      tlog.Hash
	Root      tlog.Hash
	OldRoot   tlog.Hash `json:"old_root"`
	Path      []tlog.Hash
	Note      string
	Vkeys     []string
	Folder    string
	Data      [][]byte
	Public    string
	Type      string
	Payload   []byte
	Signature []byte
}

// cosigner verifies C2SP cosignature/v1, which the note package does not know.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.public, []byte(signed), sig[8:])
}

func verifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	if key[0] != 4 {
		return note.NewVerifier(vkey)
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if hex.EncodeToString(digest[:4]) != parts[1] {
		return nil, errors.New("key id of another key")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(digest[:]), key[1:]}, nil
}

// openNote wants every given key to have signed, and gives size and root.
func openNote(text string, vkeys []string) (tlog.Tree, error) {
	var known []note.Verifier
	for _, vkey := range vkeys {
		one, err := verifier(vkey)
		if err != nil {
			return tlog.Tree{}, err
		}
		known = append(known, one)
	}
	opened, err := note.Open([]byte(text), note.VerifierList(known...))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.Sigs) != len(known) {
		return tlog.Tree{}, fmt.Errorf("%d signatures of %d", len(opened.Sigs), len(known))
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

type tileFiles string

func (tileFiles) Height() int                                { return 8 }
func (tileFiles) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (folder tileFiles) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		read, err := os.ReadFile(filepath.Join(string(folder), path))
		if err != nil {
			return nil, err
		}
		data = append(data, read)
	}
	return data, nil
}

// checkFolder proves every entry of a log, and its growth from every size, out of the tiles.
func checkFolder(c testCase) error {
	text, err := os.ReadFile(filepath.Join(c.Folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openNote(string(text), c.Vkeys)
	if err != nil {
		return err
	}
	if tree.N != int64(len(c.Data)) {
		return fmt.Errorf("%d entries instead of %d", len(c.Data), tree.N)
	}
	reader := tlog.TileHashReader(tree, tileFiles(c.Folder))
	for index, entry := range c.Data {
		proof, err := tlog.ProveRecord(tree.N, int64(index), reader)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), tlog.RecordHash(entry))
		}
		if err != nil {
			return err
		}
		old, err := tlog.TreeHash(int64(index)+1, reader)
		if err != nil {
			return err
		}
		growth, err := tlog.ProveTree(tree.N, int64(index)+1, reader)
		if err == nil {
			err = tlog.CheckTree(growth, tree.N, tree.Hash, int64(index)+1, old)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkRoot builds the tree over the leaf hashes by itself.
func checkRoot(c testCase) error {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for index, leaf := range c.Path {
		hashes, err := tlog.StoredHashesForRecordHash(int64(index), leaf, reader)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(c.Path)), reader)
	if err == nil && root != c.Root {
		err = errors.New("another root")
	}
	return err
}

// checkEnvelope verifies DSSE with nothing but the standard library.
func checkEnvelope(c testCase) error {
	public, err := hex.DecodeString(c.Public)
	if err != nil {
		return err
	}
	var signed bytes.Buffer
	fmt.Fprintf(&signed, "DSSEv1 %d %s %d %s", len(c.Type), c.Type, len(c.Payload), c.Payload)
	if !ed25519.Verify(public, signed.Bytes(), c.Signature) {
		return errors.New("signature")
	}
	return nil
}

func check(c testCase) error {
	switch c.Is {
	case "inclusion":
		return tlog.CheckRecord(tlog.RecordProof(c.Path), c.Size, c.Root, c.Index, c.Leaf)
	case "consistency":
		return tlog.CheckTree(tlog.TreeProof(c.Path), c.Size, c.Root, c.Old, c.OldRoot)
	case "root":
		return checkRoot(c)
	case "note":
		_, err := openNote(c.Note, c.Vkeys)
		return err
	case "folder":
		return checkFolder(c)
	case "envelope":
		return checkEnvelope(c)
	}
	return errors.New("no such case")
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var c testCase
		err := json.Unmarshal(lines.Bytes(), &c)
		if err == nil {
			err = check(c)
		}
		if err != nil {
			fmt.Fprintf(out, "refused: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Fprintln(out, "ok")
		}
	}
}
