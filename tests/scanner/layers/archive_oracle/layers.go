package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

// A layerUnpacker unpacks stacks of layers as containerd does for its overlayfs snapshotter: each into a folder of its own,
// which the kernel puts one over the other. It is root in a mount namespace of its own, and all is in memory.
type layerUnpacker struct {
	folder  string
	decoder *zstd.Decoder
}

func newLayerUnpacker(decoder *zstd.Decoder) (*layerUnpacker, error) {
	runtime.LockOSThread() // for good: the namespace is this thread's
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, fmt.Errorf("a mount namespace: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("mounts of its own: %w", err)
	}
	folder, err := os.MkdirTemp("", "archive-oracle-")
	if err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=256m"); err != nil {
		return nil, fmt.Errorf("a tmpfs: %w", err)
	}
	unpacker := &layerUnpacker{folder, decoder}
	// What cannot be had is told before the first stack.
	return unpacker, unpacker.list(binary.LittleEndian.AppendUint32(nil, 0), io.Discard)
}

func (u *layerUnpacker) close() error {
	if err := unix.Unmount(u.folder, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(u.folder)
}

// list tells of each path that a TestSelection wants, and that opens a file in the container: "PATH PLACE CONTENT", PLACE
// behind all links. An error says that containerd refuses the stack, or that this machine does.
func (u *layerUnpacker) list(stack []byte, out io.Writer) error {
	folder := filepath.Join(u.folder, "stack")
	defer os.RemoveAll(folder)
	root := filepath.Join(folder, "root")
	empty := filepath.Join(folder, "empty") // the container's own layer
	below := filepath.Join(folder, "below") // one layer alone is no overlay
	for _, made := range []string{root, empty, below} {
		if err := os.MkdirAll(made, 0o755); err != nil {
			return err
		}
	}
	layers, err := u.unpack(stack, folder)
	if err != nil {
		return err
	}
	stacked := strings.Join(append(append([]string{empty}, layers...), below), ":")
	if err := unix.Mount("overlay", root, "overlay", unix.MS_RDONLY, "lowerdir="+stacked); err != nil {
		return fmt.Errorf("an overlay: %w", err)
	}
	defer unix.Unmount(root, unix.MNT_DETACH)
	return listWanted(root, out)
}

// unpack makes a folder of each layer, of which it returns the uppermost first.
func (u *layerUnpacker) unpack(stack []byte, folder string) ([]string, error) {
	in := bytes.NewReader(stack)
	var count uint32
	if err := binary.Read(in, binary.LittleEndian, &count); err != nil {
		return nil, err
	}
	var layers []string
	for range count {
		var length uint32
		if err := binary.Read(in, binary.LittleEndian, &length); err != nil {
			return nil, err
		}
		stored := make([]byte, length)
		if _, err := io.ReadFull(in, stored); err != nil {
			return nil, err
		}
		layer := filepath.Join(folder, fmt.Sprint(len(layers)))
		if err := os.Mkdir(layer, 0o755); err != nil {
			return nil, err
		}
		if err := u.apply(stored, layer, layers); err != nil {
			return nil, err
		}
		layers = append([]string{layer}, layers...)
	}
	return layers, nil
}

func (u *layerUnpacker) apply(stored []byte, layer string, below []string) error {
	stream, err := uncompressed(stored, u.decoder)
	if err != nil {
		return err
	}
	_, err = archive.Apply(context.Background(), layer, stream,
		archive.WithConvertWhiteout(archive.OverlayConvertWhiteout), archive.WithParents(below))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, stream)
	return err
}

const (
	wantedFile      = "db/status"
	wantedDirectory = "db/status.d"
)

// wantedPaths are those of the container that a TestSelection wants (tests/scanner/layers/merge_support.h), and the two
// that it looks up through links.
func wantedPaths(root string) ([]string, error) {
	wanted := map[string]bool{wantedFile: true}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() && entry.Name() == "want" {
			wanted[path[len(root)+1:]] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if file, _, err := openIn(root, wantedDirectory); err == nil {
		names, _ := file.Readdirnames(-1) // none, where it is no directory
		file.Close()
		for _, name := range names {
			wanted[wantedDirectory+"/"+name] = true
		}
	}
	paths := make([]string, 0, len(wanted))
	for path := range wanted {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	return paths, nil
}

// openIn opens as a process does whose root directory it is; what waits for a writer is not waited for.
func openIn(root, path string) (*os.File, string, error) {
	directory, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, "", err
	}
	defer unix.Close(directory)
	descriptor, err := unix.Openat2(directory, path,
		&unix.OpenHow{Flags: unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return nil, "", err
	}
	place, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", descriptor))
	return os.NewFile(uintptr(descriptor), path), strings.TrimPrefix(place, root+"/"), err
}

func listWanted(root string, out io.Writer) error {
	paths, err := wantedPaths(root)
	if err != nil {
		return err
	}
	for _, path := range paths {
		file, place, err := openIn(root, path)
		if err != nil {
			continue // opens nothing in a container
		}
		about, err := file.Stat()
		if err == nil && about.Mode().IsRegular() {
			var content []byte
			if content, err = io.ReadAll(file); err == nil {
				fmt.Fprintf(out, "%x %x %x\n", path, place, content)
			}
		}
		file.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
