/* SPDX-License-Identifier: MIT */
/*
 * An open file: its text as it was at open, and the writes gathered until they make a value.
 */
#ifndef VERGEFS_FILE_H
#define VERGEFS_FILE_H

#include "fs/attributes.h"

struct file;

/* `flags` of open(2). -EACCES for writing what is read-only and reading what is write-only. */
int file_open(struct tree *tree, struct request *request, struct address address, int flags,
              struct file **file);
/* What file_open gave is held once. release(NULL) is nothing. */
struct file *file_hold(struct file *file);
void file_release(struct tree *tree, struct file *file);

/* Bytes at an offset, borrowed from the file or from `room`, which the caller frees; *length is 0
 * behind the end. */
const char *file_read(struct tree *tree, struct file *file, off_t offset, size_t *length,
                      struct verge_text *room);

/* The size of the text; -1 for a file that was not opened for reading. */
off_t file_size(struct file *file);

struct address file_address(const struct file *file);

/*
 * For poll(2). Whether the file's value is one worth waiting for (`status`, the error log); a
 * polled file reads anew at offset 0. Whether what it read last is not `now`.
 */
bool file_pollable(const struct file *file);
void file_polled(struct file *file);
/* The value as it is held now, without a request; appended. */
int file_now(struct tree *tree, struct request *request, const struct file *file,
             struct verge_text *text);
bool file_differs(struct file *file, const struct verge_text *now);

/* 0 when all bytes were taken (and the value they completed was applied). Writes to one open file
 * take turns. */
int file_write(struct tree *tree, struct request *request, struct file *file, const char *bytes,
               size_t length, off_t offset, uint64_t owner);

/* A close(2) by the process that `owner` names: applies what it had left unterminated. */
int file_flush(struct tree *tree, struct request *request, struct file *file, uint64_t owner);

/* The whole content of an attribute now; appended. */
int file_content(struct tree *tree, struct request *request, struct address address,
                 struct verge_text *text);

/* Applies a whole content at once, as a write of it and a close would: what a rename onto an
 * attribute does. */
int file_commit(struct tree *tree, struct request *request, struct address address,
                const char *bytes, size_t length);

#endif
