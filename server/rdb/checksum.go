package rdb

import (
	"encoding/binary"
	"hash/crc64"
	"math"
)

var jones = crc64.MakeTable(0x95ac9329ac4bc9b5)

// update is Redis's CRC-64: without the inversions of Go's.
func update(crc uint64, b []byte) uint64 { return ^crc64.Update(^crc, jones, b) }

// Checksum is the CRC-64 (Jones) with which files and payloads end.
func Checksum(b []byte) uint64 { return ^crc64.Update(math.MaxUint64, jones, b) }

// The payload of DUMP is a value and a footer:
//
//	1 byte    type
//	n bytes   value
//	2 bytes   version, little-endian
//	8 bytes   CRC-64 of all before it, little-endian; 0: none
const footerLength = 2 + 8

// Seal appends the footer to type and value.
func Seal(b []byte, version uint16) []byte {
	b = binary.LittleEndian.AppendUint16(b, version)
	return binary.LittleEndian.AppendUint64(b, Checksum(b))
}

// Open checks a payload's footer and returns its type and value.
func Open(b []byte) (body []byte, err error) {
	if len(b) < footerLength {
		return nil, ErrChecksum
	}
	body = b[:len(b)-footerLength]
	version := binary.LittleEndian.Uint16(b[len(body):])
	sum := binary.LittleEndian.Uint64(b[len(b)-8:])
	if version > newest || sum != 0 && sum != Checksum(b[:len(b)-8]) {
		return nil, ErrChecksum
	}
	if len(body) == 0 {
		return nil, ErrFormat
	}
	return body, nil
}
