#pragma once

#ifdef __SANITIZE_THREAD__
// libtsan's own, which no header declares.
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace mkb::dataplane {

/// For tests that consume with librdkafka. It counts the users of what it fetched with atomics that are not
/// instrumented, so that the last of them frees it looks like a race with the others' reading. While one of
/// these lives, ThreadSanitizer looks at no memory that its thread touches; locks count as ever.
class UnseenByThreadSanitizer {
 public:
#ifdef __SANITIZE_THREAD__
  UnseenByThreadSanitizer() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~UnseenByThreadSanitizer() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
#else
  UnseenByThreadSanitizer() = default;
#endif
  UnseenByThreadSanitizer(const UnseenByThreadSanitizer&) = delete;
  UnseenByThreadSanitizer& operator=(const UnseenByThreadSanitizer&) = delete;
};

}  // namespace mkb::dataplane
