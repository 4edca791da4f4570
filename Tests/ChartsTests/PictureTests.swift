import Charts
import Testing

/// Whole pictures, as a reader sees them, in 40 columns and 12 rows.
@Suite struct PictureTests {
  struct Picture: Sendable {
    var name: String
    var render: @Sendable (ChartStyle) -> String
    var unicode: String
    var ascii: String
  }

  @Test(arguments: pictures.indices) func looksLikeThis(index: Int) {
    let picture = PictureTests.pictures[index]
    let unicode = picture.render(ChartStyle(width: 40, height: 12))
    #expect(unicode == picture.unicode, "\(picture.name)\n\(unicode)")
    let ascii = picture.render(ChartStyle(width: 40, height: 12, glyphs: .ascii))
    #expect(ascii == picture.ascii, "\(picture.name)\n\(ascii)")
  }

  static let pictures: [Picture] = [
    Picture(
      name: "line",
      render: {
        LinePlot(
          series: [Series(name: "loss", y: [4, 3, 2.5, 1, 0.5, 0.25, 0.2])], title: "Loss",
          xLabel: "epoch"
        )
        .render($0)
      },
      unicode: """
                           Loss
        4 ┤⢄⡀
          │ ⠈⠑⠢⢄⡀
          │     ⠈⠉⠒⠒⠤⠤⣀⡀
        2 ┤            ⠈⠑⠤⡀
          │               ⠈⠒⢄⡀
          │                  ⠈⠑⠒⠢⠤⢄⣀⣀⣀⡀
        0 ┤                           ⠈⠉⠉⠉⠉⠉⠉⠉⠉⠉
          └┬─────┬─────┬─────┬─────┬─────┬─────┬
           0     1     2     3     4     5     6
                           epoch
           ⠤⠤ loss

        """,
      ascii: """
                           Loss
        4 +**
          |  ***
          |     ********
        2 +             **
          |               **
          |                 **********
        0 +                           **********
          ++-----+-----+-----+-----+-----+-----+
           0     1     2     3     4     5     6
                           epoch
           * loss

        """),
    Picture(
      name: "lines",
      render: {
        LinePlot(series: [
          Series(name: "train", y: [4, 2, 1, 0.5]), Series(name: "valid", y: [4, 2.5, 2, 3]),
        ])
        .render($0)
      },
      unicode: """
        4 ┤⢄⡀
          │ ⠈⠓⢄⡄
        3 ┤    ⠈⠒⢅⡀⠄                           ⠄
          │       ⠈⠒⢄⡁ ⠄ ⡀ ⡀             ⠄ ⠂ ⠁
        2 ┤          ⠈⠒⠤⣀⡀   ⠁ ⠂ ⠂ ⠄ ⠂ ⠁
          │              ⠈⠉⠒⠢⠤⢄⣀
        1 ┤                     ⠉⠑⠒⠤⠤⣀⣀⣀
          │                             ⠉⠉⠉⠒⠒⠒⠤⠤
        0 ┤
          └┬───────────┬───────────┬───────────┬
           0           1           2           3
           ⠤⠤⠤⠤⠤ train   ⠄ ⠄ ⠄ valid

        """,
      ascii: """
        4 +++
          |  ++++
        3 +     *++++                       ++++
          |        **++++++++         ++++++
        2 +           ****   +++++++++
          |               ******
        1 +                     *********
          |                              *******
        0 +
          ++-----------+-----------+-----------+
           0           1           2           3
           * train   + valid

        """),
    Picture(
      name: "gaps",
      render: {
        LinePlot(series: [Series(y: [1, 2, .nan, 4, .infinity, 3, 1])])
          .render($0)
      },
      unicode: """
        4 ┤                  •
          │
        3 ┤                              ⠠⡀
          │                               ⠘⢄
        2 ┤     ⣀⠄                          ⠣⡀
          │  ⣀⠔⠊                             ⠘⢄
        1 ┤⠔⠊                                  ⠣
          └┬─────┬─────┬─────┬─────┬─────┬─────┬
           0     1     2     3     4     5     6
        2 values left out: 1 nan, 1 inf

        """,
      ascii: """
        4 +                  *
          |
        3 +                              *
          |                               **
        2 +     **                          *
          |  ***                             **
        1 +**                                  *
          ++-----+-----+-----+-----+-----+-----+
           0     1     2     3     4     5     6
        2 values left out: 1 nan, 1 inf

        """),
    Picture(
      name: "scatter",
      render: {
        ScatterPlot(series: [
          Series(name: "a", x: [1, 2, 3], y: [1, 2, 2]), Series(name: "b", x: [4, 5], y: [0, 1]),
        ])
        .render($0)
      },
      unicode: """
        2.0 ┤        ●        ●
            │
        1.5 ┤
            │
        1.0 ┤●                                 ○
            │
        0.5 ┤
            │
        0.0 ┤                          ○
            └┬───────┬────────┬────────┬───────┬
             1       2        3        4       5
             ● a   ○ b

        """,
      ascii: """
        2.0 +         *       *
            |
        1.5 +
            |
        1.0 +*                                 +
            |
        0.5 +
            |
        0.0 +                          +
            ++--------+-------+--------+-------+
             1        2       3        4       5
             * a   + b

        """),
    Picture(
      name: "histogram",
      render: {
        Histogram(values: [1, 2, 2, 3, 3, 3, 4, 4, 6], title: "Dice")
          .render($0)
      },
      unicode: """
                           Dice
        3 ┤            ██████
          │            ██████
          │            ██████
        2 ┤      ███████████████████
          │      ███████████████████
          │      ███████████████████
        1 ┤█████████████████████████      ██████
          │█████████████████████████      ██████
          │█████████████████████████      ██████
        0 ┴───┬─────┬─────┬─────┬─────┬─────┬───
              1     2     3     4     5     6

        """,
      ascii: """
                           Dice
        3 +            ######
          |            ######
          |            ######
        2 +      ###################
          |      ###################
          |      ###################
        1 +#########################      ######
          |#########################      ######
          |#########################      ######
        0 +---+-----+-----+-----+-----+-----+---
              1     2     3     4     5     6

        """),
    Picture(
      name: "bars",
      render: {
        BarChart(labels: ["cat", "dog", "日本"], values: [0.75, 0.2, 0.05])
          .render($0)
      },
      unicode: """
         cat │█████████████████████████████ 0.75
         dog │███████▊ 0.2
        日本 │█▉ 0.05

        """,
      ascii: """
         cat |############################# 0.75
         dog |######## 0.2
        日本 |## 0.05

        """),
    Picture(
      name: "signed bars",
      render: {
        BarChart(labels: ["w", "b", "c"], values: [3, -2, .nan])
          .render($0)
      },
      unicode: """
        w                 │█████████████████▍ 3
        b  -2 ████████████│
        c                 │ nan
        1 value left out: 1 nan

        """,
      ascii: """
        w                 |################# 3
        b  -2 ############|
        c                 | nan
        1 value left out: 1 nan

        """),
    Picture(
      name: "heatmap",
      render: {
        Heatmap(
          values: [[0, 1, 2], [3, 4, .nan]], rowLabels: ["a", "bc"], columnLabels: ["x", "y", "z"]
        )
        .render($0)
      },
      unicode: """
         a     ░░░░▒▒▒▒
        bc ▓▓▓▓████????
            x   y   z
           0   ░░▒▒▓▓██ 4
        1 value left out: 1 nan

        """,
      ascii: """
         a     ::::++++
        bc ####@@@@????
            x   y   z
           0  .:-=+*#%@ 4
        1 value left out: 1 nan

        """),
    Picture(
      name: "image",
      render: {
        Image(height: 3, width: 3, values: [0, 1, 0, 1, 0.5, 1, 0, 1, 0], title: "ring")
          .render($0)
      },
      unicode: """
         ring
          ██
        ██▒▒██
          ██

        """,
      ascii: """
         ring
          @@
        @@++@@
          @@

        """),
    Picture(
      name: "images",
      render: {
        ImageGrid(
          images: [
            Image(height: 2, width: 2, values: [1, 0, 0, 1]),
            Image(height: 2, width: 2, values: [0, 1, 1, 0]),
          ], captions: ["a", "b"]
        )
        .render($0)
      },
      unicode: """
        ██      ██
          ██  ██
         a     b

        """,
      ascii: """
        @@      @@
          @@  @@
         a     b

        """),
    Picture(
      name: "confusion",
      render: {
        ConfusionMatrix(
          labels: ["cat", "dog", "bird"], counts: [[12, 1, 0], [2, 9, 0], [0, 1, 103]]
        )
        .render($0)
      },
      unicode: """
                   predicted
        actual  cat   dog  bird
        cat     [12]    1     ·
        dog       2    [9]    ·
        bird      ·     1  [103]
        accuracy 0.969 (124 of 128)

        """,
      ascii: """
                   predicted
        actual  cat   dog  bird
        cat     [12]    1     .
        dog       2    [9]    .
        bird      .     1  [103]
        accuracy 0.969 (124 of 128)

        """),
  ]
}
