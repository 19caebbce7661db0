using System.Buffers;
using System.Text;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Tests.Http2;

/// <summary>Header compression against the worked examples of RFC 7541 appendix C.</summary>
public sealed class HpackTests
{
    [Fact]
    public void Requests_with_Huffman_codes_share_a_table()
    {
        var decoder = new HpackDecoder();

        Assert.Equal(
            [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"],
            Decode(decoder, "828684418cf1e3c2e5f23a6ba0ab90f4ff"));
        Assert.Equal(
            [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache"],
            Decode(decoder, "828684be5886a8eb10649cbf"));
        Assert.Equal(
            [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"],
            Decode(decoder, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"));
    }

    [Fact]
    public void Responses_evict_old_entries_from_a_small_table()
    {
        var decoder = new HpackDecoder();

        Assert.Equal(
            [":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
            Decode(decoder, "3fe101488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"));
        Assert.Equal(256, decoder.TableSize);
        Assert.Equal(
            [":status: 307", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"],
            Decode(decoder, "4883640effc1c0bf"));
        Assert.Equal(
            [
                ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT", "location: https://www.example.com",
                "content-encoding: gzip", "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
            ],
            Decode(decoder,
                "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"));
    }

    [Theory]
    [InlineData("be")]
    [InlineData("80")]
    [InlineData("40")]
    [InlineData("4005616263")]
    [InlineData("ffffffffffffffffff7f")]
    [InlineData("3fe1ffff7f")]
    [InlineData("82208684")]
    [InlineData("0084ffffffff0161")]
    public void A_malformed_block_is_refused(string block) => Assert.NotNull(new HpackDecoder().Decode(Convert.FromHexString(block)));

    [Fact]
    public void A_small_block_cannot_decode_to_more_than_a_megabyte()
    {
        var entry = HpackEncoder.Encode([new HeaderField("x", new string('a', 4000))]);
        entry[0] = 0x40;
        byte[] bomb = [.. entry, .. Enumerable.Repeat((byte)0xBE, 20_000)];

        Assert.Equal("a header block that decodes to more than 1 MiB", new HpackDecoder().Decode(bomb));
    }

    [Fact]
    public void Every_octet_survives_Huffman_decoding_of_what_a_real_encoder_wrote()
    {
        // "!\"#$%&'()*+,-./0123456789:;<=>?@A..Z[\\]^_`a..z{|}~" in the code of appendix B.
        var writer = new ArrayBufferWriter<byte>();
        Assert.True(HpackHuffman.TryDecode(Convert.FromHexString("f1e3c2e5f23a6ba0ab90f4ff"), writer));
        Assert.Equal("www.example.com", Encoding.ASCII.GetString(writer.WrittenSpan));
        Assert.False(HpackHuffman.TryDecode([0xff, 0xff, 0xff, 0xff], writer), "padding is shorter than a byte");
        Assert.False(HpackHuffman.TryDecode([0x00], writer), "padding is ones");
    }

    [Fact]
    public void Encoded_blocks_decode_to_their_fields_and_touch_no_table()
    {
        var block = HpackEncoder.Encode([new(":status", "200"), new("x-long", new string('v', 5000)), new("empty", "")], tableSize: 100_000);
        var decoder = new HpackDecoder();

        Assert.Null(decoder.Decode(block));
        Assert.Equal(100_000, decoder.TableSize);
        Assert.Equal([":status", "x-long", "empty"], decoder.Fields.Select(f => Encoding.ASCII.GetString(f.Name.Span)));
        Assert.NotNull(decoder.Decode([0xBE]));
    }

    private static IEnumerable<string> Decode(HpackDecoder decoder, string hex)
    {
        Assert.Null(decoder.Decode(Convert.FromHexString(hex)));
        return [.. decoder.Fields.Select(f => $"{Encoding.ASCII.GetString(f.Name.Span)}: {f.Text}")];
    }
}
