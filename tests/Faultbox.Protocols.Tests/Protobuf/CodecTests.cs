using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Faultbox.Protocols.Http;
using Faultbox.Protocols.Protobuf;
using Faultbox.Protocols.Tests.Protobuf.Generated;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Faultbox.Protocols.Tests.Protobuf;

/// <summary>The codec that knows types by descriptor only, against the code that Google's compiler and runtime make of the same types.</summary>
public sealed class CodecTests
{
    private static readonly DescriptorPool Pool = DescriptorPool.FromFiles([FileDescriptorProto.Parser.ParseFrom(EverythingReflection.Descriptor.SerializedData)]);
    private static readonly TypeRegistry Types = TypeRegistry.FromMessages(Generated.Everything.Descriptor, Inner.Descriptor, Duration.Descriptor);

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"anInt32": -5, "anInt64": "-9223372036854775808", "aUint32": 4294967295, "aUint64": "18446744073709551615"}""")]
    [InlineData("""{"aSint32": -2147483648, "aSint64": "-9223372036854775808", "aFixed32": 4294967295, "aFixed64": "18446744073709551615"}""")]
    [InlineData("""{"aSfixed32": -1, "aSfixed64": "-1", "an_int32": 1e3, "an_int64": "12", "aUint32": 1.0}""")]
    [InlineData("""{"aFloat": 0.1, "aDouble": 1.7976931348623157e308, "aBool": true}""")]
    [InlineData("""{"aFloat": "NaN", "aDouble": "-Infinity"}""")]
    [InlineData("""{"aString": "grün \u0000 \ud83d\ude00", "someBytes": "/+8="}""")]
    [InlineData("""{"color": "COLOR_RED", "colors": ["COLOR_BELOW", 7, "COLOR_UNSPECIFIED"]}""")]
    [InlineData("""{"inner": {}, "packedNumbers": [0, -1, 300], "looseNumbers": ["-3", 4], "texts": ["", "b"]}""")]
    [InlineData("""{"inner": {"city": "Ulm", "children": [{"city": "a"}, {}]}, "inners": [{}, {"city": "b"}]}""")]
    [InlineData("""{"counts": {"a": 1, "": 0}, "byNumber": {"-7": {"city": "x"}, "9": {}}, "flags": {"true": "COLOR_RED", "false": 0}}""")]
    [InlineData("""{"left": ""}""")]
    [InlineData("""{"right": 0, "maybe": 0}""")]
    [InlineData("""{"nothing": null}""")]
    [InlineData("""{"anInt32": null, "texts": null, "counts": null, "inner": null, "left": null}""")]
    [InlineData("""{"at": "2026-01-02T03:04:05Z", "lasting": "1.500s"}""")]
    [InlineData("""{"at": "2026-01-02T03:04:05.000000001+02:00", "lasting": "-0.000000001s"}""")]
    [InlineData("""{"at": "0001-01-01T00:00:00Z", "lasting": "315576000000s", "mask": "a,fooBar.bazQux"}""")]
    [InlineData("""{"free": {"b": [1, "x", null, {"c": true}], "a": 1.5}, "list": [null, []]}""")]
    [InlineData("""{"anyValue": null}""")]
    [InlineData("""{"anyValue": {"x": "y"}}""")]
    [InlineData("""{"any": {"@type": "type.googleapis.com/everything.Inner", "city": "Bonn"}}""")]
    [InlineData("""{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "3s"}}""")]
    [InlineData("""{"wrappedLong": "5", "wrappedBytes": "AQ==", "wrappedBool": false, "empty": {}}""")]
    public void Json_and_bytes_agree_with_the_generated_code(string json)
    {
        var expected = new JsonParser(new JsonParser.Settings(100, Types)).Parse<Generated.Everything>(json);

        var bytes = Encode(json);
        Assert.Equal(expected, Generated.Everything.Parser.ParseFrom(bytes));

        var printed = Print(expected.ToByteArray(), printsUnset: false);
        var theirs = new JsonFormatter(new JsonFormatter.Settings(formatDefaultValues: false, Types)).Format(expected);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(theirs), JsonNode.Parse(printed)), $"{theirs}\n{printed}");
    }

    [Theory]
    [InlineData("""{"innr": {}}""", "unknown field \"innr\"; did you mean \"inner\"?")]
    [InlineData("""{"inner": {"children": [{}, {"citty": "x"}]}}""", "at inner.children[1]: unknown field \"citty\"; did you mean \"city\"?")]
    [InlineData("""{"inner": {"zzz": 1}}""", "at inner: unknown field \"zzz\"; fields of everything.Inner: city, children")]
    [InlineData("""{"inner": "x"}""", "at inner: must be an object of everything.Inner, got \"x\"")]
    [InlineData("""{"anInt32": 2147483648}""", "at anInt32: 2147483648 is out of range of int32")]
    [InlineData("""{"anInt32": 1.5}""", "at anInt32: must be int32, got 1.5")]
    [InlineData("""{"aUint64": -1}""", "at aUint64: -1 is out of range of uint64")]
    [InlineData("""{"aFloat": 1e39}""", "at aFloat: 1E+39 is out of range of float")]
    [InlineData("""{"aBool": "true"}""", "at aBool: must be bool, got \"true\"")]
    [InlineData("""{"aString": 5}""", "at aString: must be string, got 5")]
    [InlineData("""{"someBytes": "*"}""", "at someBytes: must be base64 of the bytes, got \"*\"")]
    [InlineData("""{"color": "COLOR_RDE"}""", "at color: \"COLOR_RDE\" is no member of everything.Color; did you mean \"COLOR_RED\"?")]
    [InlineData("""{"texts": "x"}""", "at texts: must be a list of string, got \"x\"")]
    [InlineData("""{"texts": ["a", null]}""", "at texts[1]: must be string, got null")]
    [InlineData("""{"counts": {"a": "b"}}""", "at counts[\"a\"]: must be int32, got \"b\"")]
    [InlineData("""{"byNumber": {"x": {}}}""", "at byNumber[\"x\"]: must be int64, got \"x\"")]
    [InlineData("""{"aBool": true, "a_bool": false}""", "field \"a_bool\" is given twice")]
    [InlineData("""{"left": "a", "right": 1}""", "\"right\" and \"left\" are members of one oneof, choice; give one of them")]
    [InlineData("""{"at": "yesterday"}""", "at at: must be a time such as \"2026-01-02T03:04:05Z\", got \"yesterday\"")]
    [InlineData("""{"lasting": "1h"}""", "at lasting: must be a duration such as \"1.500s\", got \"1h\"")]
    [InlineData("""{"any": {"@type": "x/everything.Nope"}}""", "at any: the type of an Any is not known: x/everything.Nope")]
    [InlineData("""{"anInt32": """, "bad JSON at line 1")]
    public void A_value_that_does_not_fit_is_refused_with_its_path(string json, string message)
    {
        var refusal = Assert.Throws<ProtobufException>(() => Encode(json));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_numbers_may_be_numbers_and_bytes_may_be_in_the_alphabet_of_urls()
    {
        var message = Generated.Everything.Parser.ParseFrom(Encode("""{"aFixed64": 18446744073709551615, "someBytes": "_-8"}"""));

        Assert.Equal(ulong.MaxValue, message.AFixed64);
        Assert.Equal(new byte[] { 0xff, 0xef }, message.SomeBytes.ToByteArray());
    }

    [Fact]
    public void Random_messages_agree_with_the_generated_code()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 500; i++)
        {
            var expected = Arbitrary(random);
            var json = JsonFormatter.Default.Format(expected);

            Assert.Equal(expected, Generated.Everything.Parser.ParseFrom(Encode(json)));
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), JsonNode.Parse(Print(expected.ToByteArray(), printsUnset: false))), json);
        }
    }

    [Fact]
    public void Fields_that_are_not_set_are_printed_when_asked_for()
    {
        var printed = JsonNode.Parse(Print([], printsUnset: true))!.AsObject();

        Assert.Equal("0", printed["anInt64"]!.GetValue<string>());
        Assert.Equal(0, printed["anInt32"]!.GetValue<int>());
        Assert.Equal("COLOR_UNSPECIFIED", printed["color"]!.GetValue<string>());
        Assert.Empty(printed["texts"]!.AsArray());
        Assert.Empty(printed["counts"]!.AsObject());
        Assert.True(printed.TryGetPropertyValue("inner", out var inner) && inner is null);
        Assert.DoesNotContain("left", printed);
        Assert.DoesNotContain("maybe", printed);
    }

    [Fact]
    public void The_last_value_wins_messages_merge_and_unknown_fields_are_kept()
    {
        byte[] twice =
        [
            .. new Generated.Everything { AnInt32 = 1, Inner = new Inner { City = "a", Children = { new Inner() } }, Left = "l" }.ToByteArray(),
            .. new Generated.Everything { AnInt32 = 2, Inner = new Inner { City = "b", Children = { new Inner() } }, Right = 3 }.ToByteArray(),
            0x82, 0x7d, 0x01, (byte)'?',
        ];
        var message = new ProtoReader(Pool).Decode(Pool.FindMessage("everything.Everything")!, twice);

        Assert.Equal(4, message.UnknownBytes);
        Assert.Equal(Generated.Everything.Parser.ParseFrom(twice), Generated.Everything.Parser.ParseFrom(ProtoWriter.Encode(message)));
        Assert.EndsWith("?", Encoding.Latin1.GetString(ProtoWriter.Encode(message)), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_message_are_refused_and_never_more_than_that()
    {
        var random = new Random(7);
        var valid = Arbitrary(random).ToByteArray();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = valid.ToArray();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Print(bytes.AsSpan(0, random.Next(bytes.Length)), printsUnset: true);
            }
            catch (ProtobufException)
            {
                // The only way in which it may fail.
            }
        }

        var nested = Enumerable.Range(0, 200).Aggregate(Array.Empty<byte>(), (inner, _) => new UnknownInner(inner).Bytes);
        var refusal = Assert.Throws<ProtobufException>(() => new ProtoReader(Pool).Decode(Pool.FindMessage("everything.Inner")!, nested));
        Assert.Contains("100", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_without_its_imports_says_what_is_missing()
    {
        var set = new FileDescriptorSet
        {
            File = { new FileDescriptorProto { Name = "a.proto", Syntax = "proto3", Dependency = { "b.proto" } } },
        };

        var refusal = Assert.Throws<ProtobufException>(() => DescriptorPool.FromSet(set.ToByteArray()));

        Assert.Equal("a.proto imports b.proto, which the set does not contain; make it with: protoc --include_imports", refusal.Message);
        Assert.Contains("is no FileDescriptorSet", Assert.Throws<ProtobufException>(() => DescriptorPool.FromSet("hello"u8)).Message, StringComparison.Ordinal);
    }

    private static byte[] Encode(string json) => ProtoWriter.Encode(new ProtoJsonReader(Pool).Read(Pool.FindMessage("everything.Everything")!, JsonTree.Parse(json)));

    private static string Print(ReadOnlySpan<byte> bytes, bool printsUnset) => Encoding.UTF8.GetString(JsonBody.Encode(
        new ProtoJsonWriter(Pool, printsUnset).Write(new ProtoReader(Pool).Decode(Pool.FindMessage("everything.Everything")!, bytes))));

    private static Generated.Everything Arbitrary(Random random)
    {
        var message = new Generated.Everything
        {
            AnInt32 = random.Next(int.MinValue, int.MaxValue),
            AnInt64 = random.NextInt64(long.MinValue, long.MaxValue),
            AUint32 = (uint)random.NextInt64(uint.MaxValue),
            AUint64 = (ulong)random.NextInt64() * 2,
            ASint32 = random.Next(int.MinValue, int.MaxValue),
            ASint64 = random.NextInt64(long.MinValue, long.MaxValue),
            AFloat = (float)random.NextDouble() * random.Next(),
            ADouble = random.NextDouble() * random.NextInt64(),
            ABool = random.Next(2) == 0,
            AString = random.Next().ToString(CultureInfo.InvariantCulture),
            SomeBytes = ByteString.CopyFrom(BitConverter.GetBytes(random.NextInt64())),
            Color = (Color)random.Next(-1, 2),
            At = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddSeconds(random.NextInt64(-60_000_000_000, 200_000_000_000))),
            Lasting = Duration.FromTimeSpan(TimeSpan.FromTicks(random.NextInt64(-1_000_000_000_000, 1_000_000_000_000))),
        };
        message.PackedNumbers.Add(Enumerable.Range(0, random.Next(5)).Select(_ => random.Next()));
        message.LooseNumbers.Add(Enumerable.Range(0, random.Next(5)).Select(_ => -random.NextInt64()));
        message.Counts.Add(Enumerable.Range(0, random.Next(5)).ToDictionary(n => $"k{n}", _ => random.Next()));
        return message;
    }

    /// <summary>A message inside a message.</summary>
    private sealed record UnknownInner(byte[] Inside)
    {
        public byte[] Bytes
        {
            get
            {
                using var stream = new MemoryStream();
                using var output = new CodedOutputStream(stream);
                output.WriteTag(2, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(Inside));
                output.Flush();
                return stream.ToArray();
            }
        }
    }
}
