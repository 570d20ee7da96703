// The 1.10 names of the versioned functions, whatever version of the library is installed.
#define H5_USE_110_API 1
#include <hdf5.h>
#include <string.h>

// Swift sees neither the library's function-like macros nor the ids that stand behind (H5OPEN ..., id).
static inline hid_t snn_h5t_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t snn_h5t_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t snn_h5t_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t snn_h5t_uint64(void) { return H5T_NATIVE_UINT64; }
static inline hid_t snn_h5t_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t snn_h5t_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t snn_h5t_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t snn_h5t_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t snn_h5t_i64le(void) { return H5T_STD_I64LE; }
static inline hid_t snn_h5t_i32le(void) { return H5T_STD_I32LE; }
static inline hid_t snn_h5t_u8le(void) { return H5T_STD_U8LE; }
static inline hid_t snn_h5t_c_s1(void) { return H5T_C_S1; }

static inline hid_t snn_h5p_file_access(void) { return H5Pcreate(H5P_FILE_ACCESS); }
static inline hid_t snn_h5p_file_create(void) { return H5Pcreate(H5P_FILE_CREATE); }
static inline hid_t snn_h5p_dataset_create(void) { return H5Pcreate(H5P_DATASET_CREATE); }
static inline hid_t snn_h5p_group_create(void) { return H5Pcreate(H5P_GROUP_CREATE); }

static inline hid_t snn_h5_open_read(const char *path, hid_t access) { return H5Fopen(path, H5F_ACC_RDONLY, access); }
static inline hid_t snn_h5_create(const char *path, hid_t create, hid_t access) {
  return H5Fcreate(path, H5F_ACC_TRUNC, create, access);
}

// The library's clean-up at exit has nothing to write for us, and after a damaged file it can loop and print. Has an
// effect only before the library's first use.
static inline void snn_h5_no_exit_handler(void) { H5dont_atexit(); }

// Where an object stands in its file, to notice groups that contain themselves.
static inline int snn_h5_address(hid_t object, unsigned long long *address) {
  H5O_info_t info;
  if (H5Oget_info(object, &info) < 0) return -1;
  *address = (unsigned long long)info.addr;
  return 0;
}

// 0 hard, 1 soft, 2 external or user-defined, -1 unreadable.
static inline int snn_h5_link_kind(hid_t group, const char *name) {
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
  return info.type == H5L_TYPE_HARD ? 0 : info.type == H5L_TYPE_SOFT ? 1 : 2;
}

static inline hid_t snn_h5_open_object(hid_t file, const char *name) { return H5Oopen(file, name, H5P_DEFAULT); }

// The error handler is the library's, for the whole process (it is not thread-safe as packaged): it is silenced for
// the length of one locked call and put back.
typedef struct {
  H5E_auto2_t handler;
  void *data;
} snn_h5_handler;

static inline snn_h5_handler snn_h5_silence(void) {
  snn_h5_handler old = {NULL, NULL};
  H5Eget_auto2(H5E_DEFAULT, &old.handler, &old.data);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return old;
}

static inline void snn_h5_restore(snn_h5_handler old) { H5Eset_auto2(H5E_DEFAULT, old.handler, old.data); }

typedef struct {
  char *text;
  size_t size;
} snn_h5_message;

static inline herr_t snn_h5_take_message(unsigned n, const H5E_error2_t *error, void *data) {
  snn_h5_message *message = (snn_h5_message *)data;
  if (n == 0 && error->desc) {
    strncpy(message->text, error->desc, message->size - 1);
    message->text[message->size - 1] = 0;
  }
  return 0;
}

// The description of the innermost error of the last failed call; empty if there is none.
static inline void snn_h5_last_message(char *text, size_t size) {
  snn_h5_message message = {text, size};
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, snn_h5_take_message, &message);
}
