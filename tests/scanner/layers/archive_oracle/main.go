// Tells what is in archives as container runtimes read them: with archive/tar, compress/gzip and klauspost's zstd, which
// containerd, Docker and CRI-O unpack layers with. The judge of scanner/layers in archive_oracle_test.cc.
//
// Usage: archive-oracle [-zip|-layers] FILE. FILE holds archives one behind the other, each after its length as four bytes, the
// lowest first. For each a line per entry, "KIND PATH LINK SIZE CRC32" with path and link in hexadecimal digits, then
// "end", or "error" where the runtime would refuse the layer. With -zip they are zip archives, read by archive/zip, and a
// line is "NAME SIZE CRC32", or "NAME unreadable" for an entry whose content cannot be had. With -layers they are images:
// how many layers, base first, and each after its length; a line is "PATH PLACE CONTENT" in hexadecimal digits, of a file
// of the container that they make (layers.go).
package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

var (
	gzipMagic = []byte{0x1f, 0x8b, 0x08}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// isSkippable tells a zstd frame that holds no data: its first byte is any of 0x50 to 0x5f.
func isSkippable(archive []byte) bool {
	return len(archive) >= 4 && archive[0]&0xf0 == 0x50 && bytes.Equal(archive[1:4], []byte{0x2a, 0x4d, 0x18})
}

// uncompressed chooses the codec as containerd does: by the first bytes.
func uncompressed(archive []byte, decoder *zstd.Decoder) (io.Reader, error) {
	switch {
	case bytes.HasPrefix(archive, gzipMagic):
		return gzip.NewReader(bytes.NewReader(archive))
	case bytes.HasPrefix(archive, zstdMagic) || isSkippable(archive):
		return decoder, decoder.Reset(bytes.NewReader(archive))
	default:
		return bytes.NewReader(archive), nil
	}
}

// kindOf names what a runtime makes of an entry; it refuses layers with types that it does not know.
func kindOf(header *tar.Header) string {
	switch header.Typeflag {
	case tar.TypeReg:
		return "file"
	case tar.TypeLink:
		return "hard-link"
	case tar.TypeSymlink:
		return "symbolic-link"
	case tar.TypeDir:
		return "directory"
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return "device"
	case tar.TypeGNUSparse:
		return "sparse-file"
	default:
		return "unknown"
	}
}

// list reads to the end of the stream, as containerd does behind the last entry, too.
func list(archive []byte, decoder *zstd.Decoder, out io.Writer) error {
	stream, err := uncompressed(archive, decoder)
	if err != nil {
		return err
	}
	reader := tar.NewReader(stream)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		sum := crc32.NewIEEE()
		size, err := io.Copy(sum, reader)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %x %x %d %d\n", kindOf(header), header.Name, header.Linkname, size, sum.Sum32())
	}
	_, err = io.Copy(io.Discard, stream)
	return err
}

// listZip reads every entry by what the central directory says of it, as Java's ZipFile does.
func listZip(archive []byte, out io.Writer) error {
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return err
	}
	for _, file := range reader.File {
		sum := crc32.NewIEEE()
		content, err := file.Open()
		var size int64
		if err == nil {
			size, err = io.Copy(sum, content)
			content.Close()
		}
		if err != nil {
			fmt.Fprintf(out, "%x unreadable\n", file.Name)
		} else {
			fmt.Fprintf(out, "%x %d %d\n", file.Name, size, sum.Sum32())
		}
	}
	return nil
}

// A lister writes what is in an archive.
type lister func(archive []byte, out io.Writer) error

// listerOf returns what an option means, and what is to be done at the end.
func listerOf(option string) (lister, func() error, error) {
	nothing := func() error { return nil }
	if option == "-zip" {
		return listZip, nothing, nil
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, nil, err
	}
	if option == "-layers" {
		unpacker, err := newLayerUnpacker(decoder)
		if err != nil {
			return nil, nil, err
		}
		return unpacker.list, unpacker.close, nil
	}
	return func(archive []byte, out io.Writer) error { return list(archive, decoder, out) }, nothing, nil
}

func run(path string, list lister) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	in, out := bufio.NewReader(file), bufio.NewWriter(os.Stdout)
	for {
		var length uint32
		if err := binary.Read(in, binary.LittleEndian, &length); errors.Is(err, io.EOF) {
			return out.Flush()
		} else if err != nil {
			return err
		}
		archive := make([]byte, length)
		if _, err := io.ReadFull(in, archive); err != nil {
			return err
		}
		if err := list(archive, out); err != nil {
			fmt.Fprintln(out, "error")
		} else {
			fmt.Fprintln(out, "end")
		}
	}
}

func main() {
	arguments := os.Args[1:]
	option := ""
	if len(arguments) == 2 && (arguments[0] == "-zip" || arguments[0] == "-layers") {
		option, arguments = arguments[0], arguments[1:]
	}
	if len(arguments) != 1 {
		fmt.Fprintln(os.Stderr, "usage: archive-oracle [-zip|-layers] FILE")
		os.Exit(2)
	}
	list, finish, err := listerOf(option)
	if err == nil {
		err = errors.Join(run(arguments[0], list), finish())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
